namespace Moldau.Protocol.Wire;

/// <summary>A tagged field that this version of Moldau does not know. It is kept, so that what was read can be written back whole.</summary>
internal readonly record struct UnknownTaggedField(int Tag, ReadOnlyMemory<byte> Data);
