using System.Runtime.InteropServices;

namespace Moldau.Cli.Terminal;

/// <summary>
/// Standard output that says when nobody reads it any more (<c>moldau consume t | head</c>). The framework's own stream swallows
/// that on Unix, and the program would go on for ever.
/// </summary>
internal sealed partial class StandardOutput : WriteOnlyStream
{
    private const int FileDescriptor = 1;

    // The same numbers on Linux and macOS.
    private const int Interrupted = 4; // EINTR
    private const int BrokenPipe = 32; // EPIPE

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written = Write(FileDescriptor, buffer, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                string reason = Marshal.GetPInvokeErrorMessage(error);
                throw error == BrokenPipe ? new OutputClosedException(reason) : new OutputFailedException(reason);
            }
        }
    }

    public override void Flush()
    {
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, ReadOnlySpan<byte> buffer, nint count);
}
