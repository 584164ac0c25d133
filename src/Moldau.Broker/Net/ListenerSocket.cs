using System.Net;
using System.Net.Sockets;
using Moldau.Broker.Config;

namespace Moldau.Broker.Net;

/// <summary>A listener's socket, bound so that its port is known and nobody else's. Nobody is let in yet.</summary>
internal sealed class ListenerSocket : IDisposable
{
    private ListenerSocket(ListenerConfig config, Socket socket) => (Config, Socket) = (config, socket);

    public ListenerConfig Config { get; }

    public Socket Socket { get; }

    public IPEndPoint Local => (IPEndPoint)Socket.LocalEndPoint!;

    /// <exception cref="ConfigException">The host's name is not known.</exception>
    /// <exception cref="IOException">The port is taken, or the address is not this machine's.</exception>
    public static ListenerSocket Bind(ListenerConfig config)
    {
        var address = AddressOf(config);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            // .NET's ReuseAddress would let two brokers share the port, each with a part of the clients. A restarted broker has its port
            // at once all the same: on Unix, .NET binds so that connections of the past do not block it.
            if (OperatingSystem.IsWindows()) socket.ExclusiveAddressUse = true;
            socket.Bind(new IPEndPoint(address, config.Port));
            return new ListenerSocket(config, socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            string place = $"{config.Host}:{config.Port}";
            throw new IOException($"The listener {config.Name} cannot be opened on {place}: {e.Message}. Is another program using the port?", e);
        }
    }

    public void Dispose() => Socket.Dispose();

    private static IPAddress AddressOf(ListenerConfig config)
    {
        string host = config.Host;
        if (host.Length == 0) return Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        if (IPAddress.TryParse(host, out var address)) return address;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return IPAddress.Loopback;
        try
        {
            var found = Dns.GetHostAddresses(host);
            return Array.Find(found, candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
        }
        catch (SocketException e)
        {
            throw new ConfigException(
                $"listeners has {config.Name}://{host}:{config.Port}, and no address is known for the host '{host}' ({e.Message}). "
                + "Name a host or an address of this machine, or none for all of its addresses.");
        }
    }
}
