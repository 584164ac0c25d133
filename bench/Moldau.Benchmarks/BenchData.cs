namespace Moldau.Benchmarks;

/// <summary>A data directory that is deleted at the end.</summary>
internal sealed class BenchData : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("moldau-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
