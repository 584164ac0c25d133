using System.Reflection;
using System.Runtime.InteropServices;

namespace Moldau.Cli.Clients;

/// <summary>
/// Makes sure that the client library that came with this program is the one in use. Left alone, .NET takes a librdkafka of the
/// system when the packaged one lacks a dependency, which may be years older; the package then has a second build without it.
/// </summary>
internal static class NativeClient
{
    public const string Name = "librdkafka";

    private static readonly Lazy<nint> Packaged = new(LoadPackaged);
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>To be called before the first client is made.</summary>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        // On Windows the client finds its packaged library and the libraries beside it by itself.
        if (!OperatingSystem.IsWindows())
        {
            NativeLibrary.SetDllImportResolver(typeof(Confluent.Kafka.Library).Assembly, Resolve);
            NativeLibrary.SetDllImportResolver(typeof(NativeClient).Assembly, Resolve);
        }

        return Confluent.Kafka.Library.IsLoaded || Confluent.Kafka.Library.Load();
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library.EndsWith(Name, StringComparison.Ordinal) ? Packaged.Value : nint.Zero;

    private static nint LoadPackaged()
    {
        string system = OperatingSystem.IsMacOS() ? "osx" : "linux";
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        string extension = OperatingSystem.IsMacOS() ? "dylib" : "so";
        string beside = AppContext.BaseDirectory;
        string[] folders = [beside, Path.Combine(beside, "runtimes", $"{system}-{architecture}", "native")];
        foreach (string folder in folders)
        {
            foreach (string build in (ReadOnlySpan<string>)["", "centos8-", "alpine-"])
            {
                if (NativeLibrary.TryLoad(Path.Combine(folder, $"{build}{Name}.{extension}"), out nint handle))
                {
                    return handle;
                }
            }
        }

        // Zero leaves the search to .NET: a librdkafka of the system is better than none.
        return nint.Zero;
    }
}
