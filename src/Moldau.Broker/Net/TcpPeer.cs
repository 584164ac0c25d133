using System.Net.Sockets;

namespace Moldau.Broker.Net;

/// <summary>The other side of a TCP connection, as the system knows it while nothing is received.</summary>
internal static class TcpPeer
{
    // getsockopt(IPPROTO_TCP, TCP_INFO): the first byte is the connection's state.
    private const int LinuxTcp = 6, LinuxTcpInfo = 11, LinuxEstablished = 1;

    // A peer that is there answers for itself; one that lost its power or its network is given up after two minutes and a half.
    private const int SilentSecondsMax = 60, SecondsBetweenProbes = 15, ProbesMax = 6;

    /// <summary>Whether it has ended its side, or the whole connection.</summary>
    public static bool HasEnded(Socket socket)
    {
        try
        {
            return OperatingSystem.IsLinux() ? HasLeftEstablished(socket) : HasNothingBeforeItsEnd(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Has the system ask a silent peer whether it is still there.</summary>
    public static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SilentSecondsMax);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsBetweenProbes);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, ProbesMax);
    }

    private static bool HasLeftEstablished(Socket socket)
    {
        Span<byte> state = stackalloc byte[1];
        socket.GetRawSocketOption(LinuxTcp, LinuxTcpInfo, state);
        return state[0] != LinuxEstablished;
    }

    /// <summary>What has come and is not received yet hides the end: TLS's last words, or requests behind the one that waits.</summary>
    private static bool HasNothingBeforeItsEnd(Socket socket) => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
}
