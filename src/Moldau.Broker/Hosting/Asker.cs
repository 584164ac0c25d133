using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>Someone who waits for a shard's answer.</summary>
internal interface IAsker
{
    void Answer(object answer);

    /// <summary>The answer will not come; the error says why, in the shape that the asker's API has for it.</summary>
    void Refuse(ErrorCode error);
}

/// <summary>An asker that awaits an answer of a known type.</summary>
internal sealed class Asker<TAnswer>(Func<ErrorCode, TAnswer> refuse) : IAsker
    where TAnswer : class
{
    // Whoever waits must not run on the shard's time.
    private readonly TaskCompletionSource<TAnswer?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<TAnswer?> Task => new(_answer.Task);

    public void Answer(object answer) => _answer.TrySetResult((TAnswer)answer);

    public void Refuse(ErrorCode error) => _answer.TrySetResult(refuse(error));
}
