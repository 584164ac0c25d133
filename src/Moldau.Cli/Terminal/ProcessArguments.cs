using System.Globalization;
using System.Text;

namespace Moldau.Cli.Terminal;

/// <summary>Takes a password out of what `ps` shows of this process. On Linux only; elsewhere the environment is the safe way.</summary>
internal static unsafe class ProcessArguments
{
    // Fields of /proc/self/stat, counted from the one after the process name: where the arguments begin and end in memory.
    private const int ArgumentsStartField = 45;
    private const int ArgumentsEndField = 46;

    public static void Hide(string secret)
    {
        if (!OperatingSystem.IsLinux() || secret.Length == 0)
        {
            return;
        }

        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        if (fields.Length > ArgumentsEndField
            && ulong.TryParse(fields[ArgumentsStartField], CultureInfo.InvariantCulture, out ulong start)
            && ulong.TryParse(fields[ArgumentsEndField], CultureInfo.InvariantCulture, out ulong end)
            && start < end)
        {
            Overwrite(new Span<byte>((void*)start, (int)(end - start)), Encoding.UTF8.GetBytes(secret));
        }
    }

    /// <summary>Only where the secret ends an argument, as in <c>--password SECRET</c>, <c>--password=SECRET</c> and <c>--password:SECRET</c>.</summary>
    internal static void Overwrite(Span<byte> arguments, ReadOnlySpan<byte> secret)
    {
        for (int at = 1; at + secret.Length < arguments.Length; at++)
        {
            bool begins = arguments[at - 1] is 0 or (byte)'=' or (byte)':';
            if (begins && arguments[at..].StartsWith(secret) && arguments[at + secret.Length] == 0)
            {
                arguments.Slice(at, secret.Length).Fill((byte)'x');
            }
        }
    }
}
