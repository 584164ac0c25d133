namespace Moldau.Protocol.Wire;

/// <summary>A value of one of Kafka's schemas. The classes behind it are generated from <c>Spec/**/*.msg</c>.</summary>
internal interface IMessage
{
    /// <summary>Encodes the message at <paramref name="version"/>; a field that the version lacks is left out.</summary>
    /// <exception cref="InvalidOperationException">A field is null that may not be null at this version.</exception>
    void Write(WireWriter writer, short version);
}

/// <summary>What is known of a message's schema without an instance of it.</summary>
internal interface IMessage<TSelf> : IMessage where TSelf : IMessage<TSelf>
{
    static abstract string SchemaName { get; }

    static abstract short LowestVersion { get; }

    static abstract short HighestVersion { get; }

    /// <summary>Whether <paramref name="version"/> uses compact lengths and tagged fields (KIP-482).</summary>
    static abstract bool IsFlexible(short version);

    /// <exception cref="MalformedMessageException">The bytes are not this message at this version.</exception>
    static abstract TSelf Read(ref WireReader reader, short version);
}

/// <summary>The request of an API; its response is the class of the same stem.</summary>
internal interface IRequest<TSelf> : IMessage<TSelf> where TSelf : IRequest<TSelf>
{
    static abstract ApiKey ApiKey { get; }
}

/// <summary>A message that is stored as the key or the value of a record; <see cref="RecordType"/> says of which kind.</summary>
internal interface IRecordMessage
{
    short RecordType { get; }
}
