using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.ControlPlane.Discovery.Dns;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Dns;

/// <summary>Debian's dnsmasq on a free port, the only authority for <c>mesh.test</c>, with hosts from a file.</summary>
internal sealed class DnsServer : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _program = Daemon.Require("dnsmasq", "dnsmasq-base");
    private readonly int _ttl;
    private readonly string[] _more;
    private Daemon? _daemon;

    public DnsServer(int ttl, params string[] more)
    {
        _ttl = ttl;
        _more = more;
    }

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, Daemon.FreePorts(1)[0]);

    public DnsServer Start()
    {
        _daemon = Daemon.Start(_program, _folder.File("log"), ["--keep-in-foreground", "--user=root", $"--port={Address.Port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
            "--conf-file=/dev/null", "--pid-file=", $"--addn-hosts={_folder.File("hosts")}", "--local=/mesh.test/", $"--local-ttl={_ttl}", .. _more]);
        return this;
    }

    /// <summary>Writes the hosts; a running server reads them at once.</summary>
    public DnsServer Hosts(params (string Address, string Name)[] hosts)
    {
        File.WriteAllLines(_folder.File("hosts"), hosts.Select(host => $"{host.Address} {host.Name}"));
        _daemon?.Signal("HUP");
        return this;
    }

    public void Kill()
    {
        _daemon?.Dispose();
        _daemon = null;
    }

    public DnsOptions Options(params DnsServiceConfig[] services) => new()
    {
        Services = services,
        NameServers = [Address],
        Timeout = TimeSpan.FromSeconds(1),
        Retries = 2,
        NegativeTtl = TimeSpan.FromSeconds(1),
        Reconnect = new() { Max = TimeSpan.FromSeconds(0.5) },
    };

    public void Dispose()
    {
        Kill();
        _folder.Dispose();
    }
}

/// <summary>A name server that answers every question with one code, or not at all.</summary>
internal sealed class UnhelpfulDnsServer : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly int? _code;

    public UnhelpfulDnsServer(int? code)
    {
        _code = code;
        _ = AnswerAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var question = await _socket.ReceiveAsync();
                if (_code is not { } code) continue;
                // The question's header and name, as an answer without records.
                byte[] answer = question.Buffer[..(12 + Array.IndexOf(question.Buffer, (byte)0, 12) - 12 + 5)];
                answer[2] |= 0x80;
                answer[3] = (byte)(0x80 | code);
                (answer[10], answer[11]) = (0, 0);
                await _socket.SendAsync(answer, question.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }
}
