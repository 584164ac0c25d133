namespace Moldau.Broker.Tests.Security;

public sealed class PrivateDirectoriesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("moldau-private-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_a_broker_makes_only_its_own_user_may_enter()
    {
        if (OperatingSystem.IsWindows()) return; // Directories have no mode there.
        string data = Path.Combine(_folder, "above", "data");
        await using var broker = await KafkaBroker.StartAsync(new() { DataDirectory = data, SaslPort = 0 });
        foreach (string path in new[] { "above/data", "above/data/log", "above/data/journal", "above/data/tls" })
            Assert.Equal((path, OwnerOnly), (path, File.GetUnixFileMode(Path.Combine(_folder, path))));
    }

    [Fact]
    public async Task A_directory_that_was_there_keeps_its_mode()
    {
        if (OperatingSystem.IsWindows()) return; // Directories have no mode there.
        string data = Path.Combine(_folder, "data");
        const UnixFileMode Shared = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        Directory.CreateDirectory(data);
        File.SetUnixFileMode(data, Shared);
        await using var broker = await KafkaBroker.StartAsync(new() { DataDirectory = data });
        Assert.Equal(Shared, File.GetUnixFileMode(data));
    }
}
