using Moldau.Protocol;

namespace Moldau.Coordination.Metadata;

/// <summary>Why a part of a request is not done. The default is none: it is done.</summary>
internal readonly record struct Refusal(ErrorCode Code, string? Message)
{
    public static readonly Refusal TimedOut = new(ErrorCode.RequestTimedOut, null);

    public bool IsNone => Code == ErrorCode.None;
}
