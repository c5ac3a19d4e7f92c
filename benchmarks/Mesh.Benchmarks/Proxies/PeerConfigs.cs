using System.Net;
using System.Net.Sockets;

namespace Mesh.Benchmarks.Proxies;

/// <summary>The contestants, each told to do the same: pass HTTP/1.1 on over kept-alive connections, and log nothing.</summary>
internal static class PeerConfigs
{
    public const string BareYarp = "bare YARP";

    /// <summary>The server behind all of them: nginx, 1 KiB an answer. It also takes, and forgets, the spans that a sidecar exports.</summary>
    public static PeerStart Upstream(string folder)
    {
        int port = FreePort();
        return Nginx("upstream", folder, port, Answer);
    }

    /// <summary>The same over mutual TLS: it has a certificate of the mesh's authority, and asks for one.</summary>
    public static PeerStart SecureUpstream(string folder)
    {
        UpstreamCertificate.Write(folder);
        int port = FreePort();
        string server = $"ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key; ssl_client_certificate {folder}/roots.pem; ssl_verify_client on; ssl_verify_depth 3;";
        return Nginx("secure", folder, port, Answer, listen: "ssl", server: server);
    }

    /// <summary>All proxies in front of it.</summary>
    public static IEnumerable<PeerStart> All(string folder, int upstream, int secure)
    {
        yield return Own(BareYarp, ServeProxyCommand.Yarp, upstream);
        yield return Own("MeshLab sidecar, policy only", ServeProxyCommand.Sidecar, upstream);
        yield return Own("MeshLab sidecar, with metrics and access log", ServeProxyCommand.Telemetry, upstream);
        yield return Own("MeshLab sidecar, with these and every request traced", ServeProxyCommand.Traces, upstream);
        yield return Own("MeshLab sidecar, with all these and mutual TLS", ServeProxyCommand.MutualTls, upstream, $"{secure}", Path.Combine(folder, "authority"));
        yield return Nginx("nginx", folder, FreePort(), "proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection '';", $"upstream backend {{ server 127.0.0.1:{upstream}; keepalive 64; }}");
        yield return HaProxy(folder, upstream);
        yield return Caddy(folder, upstream);
    }

    private static string Answer => $"return 200 '{new string('x', 1024)}';";

    private static PeerStart Own(string name, string what, int upstream, params string[] more)
    {
        int port = FreePort();
        return new PeerStart(name, port, "dotnet", [typeof(PeerConfigs).Assembly.Location, "serve-proxy", what, $"{port}", $"{upstream}", .. more], TellsBytes: true);
    }

    private static PeerStart Nginx(string name, string folder, int port, string location, string http = "", string listen = "", string server = "")
    {
        string file = Write(folder, $"{name}.conf", $$"""
            daemon off; worker_processes auto; pid {{folder}}/{{name}}.pid; error_log /dev/null;
            events { worker_connections 4096; }
            http { access_log off; keepalive_requests 100000000; default_type text/plain; {{http}}
              server { listen 127.0.0.1:{{port}} {{listen}}; {{server}} location / { {{location}} } } }
            """);
        return new PeerStart(name, port, "nginx", ["-c", file]);
    }

    private static PeerStart HaProxy(string folder, int upstream)
    {
        int port = FreePort();
        string file = Write(folder, "haproxy.cfg", $"""
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
              http-reuse always
            frontend in
              bind 127.0.0.1:{port}
              default_backend out
            backend out
              server one 127.0.0.1:{upstream}

            """);
        return new PeerStart("HAProxy", port, "haproxy", ["-db", "-q", "-f", file]);
    }

    private static PeerStart Caddy(string folder, int upstream)
    {
        int port = FreePort();
        string file = Write(folder, "Caddyfile", $$"""
            {
              admin off
              auto_https off
            }
            http://127.0.0.1:{{port}} {
              reverse_proxy 127.0.0.1:{{upstream}}
            }

            """);
        return new PeerStart("Caddy", port, "caddy", ["run", "--config", file, "--adapter", "caddyfile"]);
    }

    private static string Write(string folder, string name, string text)
    {
        string file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
