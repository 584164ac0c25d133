namespace Moldau.Conformance.Clients;

/// <summary>For what a client does in its own time: looks again until it is so, and fails when it never is.</summary>
internal static class Eventually
{
    private const int LooksMax = 300;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static Task IsAsync<T>(T expected, Func<T> look) => IsAsync(expected, () => Task.FromResult(look()));

    public static async Task IsAsync<T>(T expected, Func<Task<T>> look)
    {
        var found = await look();
        for (int i = 0; i < LooksMax && !EqualityComparer<T>.Default.Equals(found, expected); i++)
        {
            await Task.Delay(Pause);
            found = await look();
        }
        Assert.Equal(expected, found);
    }
}
