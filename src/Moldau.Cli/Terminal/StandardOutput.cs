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

    /// <summary>
    /// Cancelled when whoever reads the output has gone, also where nothing is written at the time. Costs a thread, so it is asked for once, by a command
    /// that may wait long for its next output.
    /// </summary>
    public static CancellationToken ReaderGone()
    {
        // It lives as long as the process, and so does the thread that may cancel it.
        var gone = new CancellationTokenSource();
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            new Thread(() => CancelWhenReaderGoes(gone)) { IsBackground = true, Name = "Moldau output" }.Start();
        }

        return gone.Token;
    }

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

    private static void CancelWhenReaderGoes(CancellationTokenSource gone)
    {
        // Nothing is asked for, so that it returns only for what is always told: an error or a hang-up.
        var watched = new PollFile { File = FileDescriptor };
        while (Poll(ref watched, 1, timeoutMs: -1) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
        }

        gone.Cancel();
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollFile files, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, ReadOnlySpan<byte> buffer, nint count);

    /// <summary>struct pollfd</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Wanted;
        public short Found;
    }
}
