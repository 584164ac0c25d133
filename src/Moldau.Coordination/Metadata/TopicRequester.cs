namespace Moldau.Coordination.Metadata;

/// <summary>Who asks for a topic. The internal ones are the broker's to make, with what their coordinators need.</summary>
internal enum TopicRequester
{
    Client,
    Broker,
}
