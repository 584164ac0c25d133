namespace Moldau.Cli.Clients;

/// <summary>Asks a broker about many things in requests of a few each, so that no answer is larger than is read.</summary>
internal static class InParts
{
    public const int AtOnce = 100;

    /// <summary>What a broker says of some may be large however few they are: where it is too large, half of them are asked about at once.</summary>
    /// <returns>Those of which the answer is too large for each by itself.</returns>
    /// <exception cref="IOException">The broker does not answer.</exception>
    public static async Task<List<T>> AskAsync<T>(Func<Task<BrokerCall>> connect, IEnumerable<T> all, Func<BrokerCall, T[], Task> ask)
    {
        var left = new Stack<T[]>(all.Chunk(AtOnce));
        var tooLarge = new List<T>();
        while (left.Count > 0)
        {
            using var call = await connect().ConfigureAwait(false);
            try
            {
                while (left.TryPeek(out var part))
                {
                    await ask(call, part).ConfigureAwait(false);
                    left.Pop();
                }
            }
            catch (AnswerTooLargeException) when (left.Peek() is [var one])
            {
                tooLarge.Add(one);
                left.Pop();
            }
            catch (AnswerTooLargeException)
            {
                var part = left.Pop();
                left.Push(part[..(part.Length / 2)]);
                left.Push(part[(part.Length / 2)..]);
            }
        }

        return tooLarge;
    }
}
