using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Moldau.Benchmarks;

/// <summary>
/// The least that any broker must do, measured in the same run: a process that copies a socket to a file, and a file to a socket,
/// in a bare loop. What the broker costs is told as a multiple of this.
/// </summary>
internal static class Floor
{
    private const int ChunkBytes = 256 * 1024;

    /// <summary>The child's part: takes one connection, stores all it gets, then sends the file back on a second one.</summary>
    public static int Serve(string path)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        byte[] buffer = new byte[ChunkBytes];
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        long length = 0;
        using (var socket = listener.AcceptSocket())
        {
            for (int read; (read = socket.Receive(buffer)) > 0; length += read) RandomAccess.Write(file, buffer.AsSpan(0, read), length);
        }
        Console.WriteLine(CpuSeconds());
        using (var socket = listener.AcceptSocket())
        {
            for (long at = 0; at < length;)
            {
                int read = RandomAccess.Read(file, buffer, at);
                for (int sent = 0; sent < read;) sent += socket.Send(buffer.AsSpan(sent, read - sent));
                at += read;
            }
        }
        Console.WriteLine(CpuSeconds());
        return 0;
    }

    /// <summary>CPU seconds per GB of the child for storing and for sending back.</summary>
    public static (double In, double Out) Measure(long bytes)
    {
        string path = Path.Combine(Path.GetTempPath(), $"moldau-floor-{Environment.ProcessId}");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(Floor).Assembly.Location);
        start.ArgumentList.Add("floor-server");
        start.ArgumentList.Add(path);
        using var child = Process.Start(start)!;
        try
        {
            int port = int.Parse(child.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
            double before = child.TotalProcessorTime.TotalSeconds;
            Send(port, bytes);
            double stored = double.Parse(child.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
            Receive(port, bytes);
            double sent = double.Parse(child.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
            child.WaitForExit();
            return ((stored - before) / bytes * Figures.Gigabyte, (sent - stored) / bytes * Figures.Gigabyte);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Send(int port, long bytes)
    {
        byte[] buffer = new byte[ChunkBytes];
        new Random(1).NextBytes(buffer);
        using var socket = Connect(port);
        for (long sent = 0; sent < bytes;) sent += socket.Send(buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - sent)));
    }

    private static void Receive(int port, long bytes)
    {
        byte[] buffer = new byte[ChunkBytes];
        using var socket = Connect(port);
        long received = 0;
        for (int read; (read = socket.Receive(buffer)) > 0;) received += read;
        if (received != bytes) throw new InvalidOperationException($"The floor sent back {received} bytes of {bytes}.");
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static string CpuSeconds()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
    }
}
