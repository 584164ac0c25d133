namespace Moldau.Log.Cleaning;

/// <summary>A log holds something that cannot be cleaned, and going on would lose or spoil records. It stays as it is.</summary>
internal sealed class UncleanableLogException(string path, long position, string problem, Exception? cause = null)
    : Exception($"{path} cannot be cleaned, because of what stands at byte {position}: {problem}.", cause)
{
    public string Path { get; } = path;

    public long Position { get; } = position;
}
