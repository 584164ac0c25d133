using Moldau.Protocol.Wire;

namespace Moldau.Broker.Net;

/// <summary>
/// One reply slot: a request that was started, and the answer that is or will be there. Its place in the queue is its place on the wire.
/// </summary>
internal readonly record struct Reply(RequestContext Context, ValueTask<IMessage?> Answer);
