using System.Runtime.InteropServices;

namespace Moldau.Cli.Terminal;

/// <summary>
/// Standard output that says when nobody reads it any more (<c>moldau consume t | head</c>). The framework's own stream swallows
/// that on Unix, and the program would go on for ever.
/// </summary>
internal sealed partial class StandardOutput : Stream
{
    private const int FileDescriptor = 1;
    private const int Interrupted = 4; // EINTR

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written = Write(FileDescriptor, buffer, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
            }
            else if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new OutputClosedException(Marshal.GetLastPInvokeErrorMessage());
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, ReadOnlySpan<byte> buffer, nint count);
}

/// <summary>Standard output takes nothing more: its reader has gone, or its disk is full.</summary>
internal sealed class OutputClosedException(string reason) : IOException(reason);
