using Moldau.Protocol;

namespace Moldau.Coordination.Metadata;

/// <summary>Why a part of a request is not done. The default is none: it is done.</summary>
internal readonly record struct Refusal(ErrorCode Code, string? Message)
{
    private const int MessageLengthMax = 1000;

    public static readonly Refusal TimedOut = new(ErrorCode.RequestTimedOut, null);

    /// <summary>It may quote what was sent. That may be as long as a string of an answer can be, which it must stay below.</summary>
    public string? Message { get; } = Message is { Length: > MessageLengthMax } ? Message[..MessageLengthMax] + "..." : Message;

    public bool IsNone => Code == ErrorCode.None;
}
