using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Etcdserverpb;
using Grpc.Core;
using Grpc.Net.Client;

namespace Mesh.Runtime.ControlPlane.Discovery.Etcd;

/// <summary>
/// A connection to one member, used for one session. The calls are those of dotnet-etcd's generated clients: its own watch manager hides compaction and reconnects by rules of its own,
/// and here both have consequences for what is believed.
/// </summary>
internal sealed class EtcdConnection : IDisposable
{
    private readonly EtcdOptions _options;
    private readonly GrpcChannel _channel;
    private readonly X509Certificate2? _certificate;
    private readonly TimeProvider _time;
    private readonly Metadata _headers = [new("hasleader", "true")];   // a member without a leader ends a watch rather than keep it silent

    private EtcdConnection(EtcdOptions options, Uri member, TimeProvider time)
    {
        _options = options;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.RequestTimeout,
            KeepAlivePingDelay = options.PingInterval,
            KeepAlivePingTimeout = options.PingInterval,
            UseProxy = false,
        };
        if (options.Tls is { } tls) handler.SslOptions = Ssl(tls, out _certificate);
        _channel = GrpcChannel.ForAddress(member, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = 64 << 20 });
        Values = new KV.KVClient(_channel);
        Leases = new Lease.LeaseClient(_channel);
    }

    public KV.KVClient Values { get; }

    public Lease.LeaseClient Leases { get; }

    /// <summary>Connects to one member, and signs in where that is asked for.</summary>
    /// <param name="options">How.</param>
    /// <param name="member">Which of the members, counted on without end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<EtcdConnection> OpenAsync(EtcdOptions options, int member, TimeProvider time, CancellationToken cancellation)
    {
        var connection = new EtcdConnection(options, options.Members[member % options.Members.Count], time);
        try
        {
            if (options.Credentials is { } credentials)
            {
                var request = new AuthenticateRequest { Name = credentials.User, Password = credentials.Password };
                var sign = new Auth.AuthClient(connection._channel);
                var answer = await connection.AskAsync((headers, token) => sign.AuthenticateAsync(request, headers, cancellationToken: token), cancellation).ConfigureAwait(false);
                connection._headers.Add("token", answer.Token);
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks one question, within the time that one may take.</summary>
    public async Task<T> AskAsync<T>(Func<Metadata, CancellationToken, AsyncUnaryCall<T>> question, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            using var call = question(_headers, either.Token);
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {_options.RequestTimeout.TotalSeconds:0.#} s.");
        }
    }

    public AsyncDuplexStreamingCall<WatchRequest, WatchResponse> Watch(CancellationToken cancellation) => new Watch.WatchClient(_channel).Watch(_headers, cancellationToken: cancellation);

    public AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> KeepAlive(CancellationToken cancellation) => Leases.LeaseKeepAlive(_headers, cancellationToken: cancellation);

    public void Dispose()
    {
        _channel.Dispose();
        _certificate?.Dispose();
    }

    /// <summary>What an exception of these calls means, for people.</summary>
    public static string Reason(Exception error) => error is RpcException rpc
        ? rpc.Status.DebugException is { } cause ? cause.GetBaseException().Message : $"{rpc.StatusCode}: {rpc.Status.Detail}"
        : error.Message;

    private static SslClientAuthenticationOptions Ssl(EtcdTls tls, out X509Certificate2? certificate)
    {
        var ssl = new SslClientAuthenticationOptions();
        certificate = null;
        if (tls.AuthorityFile is { } file)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ssl.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }
        if (tls.CertificateFile is not null) ssl.ClientCertificates = [certificate = X509Certificate2.CreateFromPemFile(tls.CertificateFile, tls.KeyFile)];
        return ssl;
    }
}
