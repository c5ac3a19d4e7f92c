using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery.Etcd;

/// <summary>
/// Registers one instance of a service in etcd for as long as it lives: its entry hangs on a lease that is kept alive, and is gone when this is disposed, or a time to live after the process
/// has died. When the lease is lost, it registers anew.
/// </summary>
public sealed class EtcdRegistration : ReconnectingClient
{
    private readonly EtcdOptions _options;
    private readonly ByteString _key;
    private readonly ByteString _value;
    private readonly TimeSpan _timeToLive;
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;

    /// <summary>An instance that is not registered yet.</summary>
    /// <param name="options">How to reach etcd.</param>
    /// <param name="service">Its service.</param>
    /// <param name="instance">Its name, unique in the service.</param>
    /// <param name="endpoint">What others are to know about it.</param>
    /// <param name="timeToLive">How long the entry outlives the process; whole seconds, at least 1 s. etcd may make it longer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The world's draws.</param>
    public EtcdRegistration(EtcdOptions options, string service, string instance, ObservedEndpoint endpoint, TimeSpan timeToLive, TimeProvider time, KeyedRandom random)
        : base($"{service}/{instance}", options.Reconnect, time, random)
    {
        if (timeToLive < TimeSpan.FromSeconds(1)) throw new ArgumentOutOfRangeException(nameof(timeToLive), timeToLive, "a lease of etcd lives for a second at least.");
        string key = $"{EtcdInstance.Root(options.Prefix)}{service}/{instance}";
        if (EtcdInstance.Parse(EtcdInstance.Root(options.Prefix), key) is null) throw new ArgumentException($"'{service}' and '{instance}' must not be empty, and have no '/'.", nameof(instance));
        _options = options;
        _key = ByteString.CopyFromUtf8(key);
        _value = EtcdInstance.Write(endpoint);
        _timeToLive = timeToLive;
    }

    /// <summary>Completes when the entry is there for the first time.</summary>
    public Task Registered => _registered.Task;

    private protected override string Reason(Exception error) => EtcdConnection.Reason(error);

    private protected override void StatusChanged()
    {
        if (Status.State == ProviderState.Synced) _registered.TrySetResult();
    }

    private protected override async Task WatchAsync(CancellationToken cancellation)
    {
        using var connection = await EtcdConnection.OpenAsync(_options, _connections++, Time, cancellation).ConfigureAwait(false);
        var grant = new LeaseGrantRequest { TTL = (long)Math.Ceiling(_timeToLive.TotalSeconds) };
        var lease = await connection.AskAsync((headers, token) => connection.Leases.LeaseGrantAsync(grant, headers, cancellationToken: token), cancellation).ConfigureAwait(false);
        try
        {
            var put = new PutRequest { Key = _key, Value = _value, Lease = lease.ID };
            await connection.AskAsync((headers, token) => connection.Values.PutAsync(put, headers, cancellationToken: token), cancellation).ConfigureAwait(false);
            Synced();
            await KeepAliveAsync(connection, lease, cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (cancellation.IsCancellationRequested) await RevokeAsync(connection, lease.ID).ConfigureAwait(false);
        }
    }

    /// <summary>Renews the lease three times in its life, until one renewal fails.</summary>
    private async Task KeepAliveAsync(EtcdConnection connection, LeaseGrantResponse lease, CancellationToken cancellation)
    {
        using var call = connection.KeepAlive(cancellation);
        var third = TimeSpan.FromSeconds(lease.TTL / 3.0);
        while (true)
        {
            await WaitAsync(third, cancellation).ConfigureAwait(false);
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = lease.ID }, cancellation).ConfigureAwait(false);
            bool answered = await call.ResponseStream.MoveNext(cancellation).WaitAsync(third, Time, cancellation).ConfigureAwait(false);
            if (!answered) throw new InvalidOperationException("etcd ended the renewal of the lease.");
            if (call.ResponseStream.Current.TTL <= 0) throw new InvalidOperationException("the lease has run out.");
        }
    }

    private static async Task RevokeAsync(EtcdConnection connection, long lease)
    {
        try
        {
            var revoke = new LeaseRevokeRequest { ID = lease };
            await connection.AskAsync((headers, token) => connection.Leases.LeaseRevokeAsync(revoke, headers, cancellationToken: token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RpcException or TimeoutException)
        {
            // The lease runs out by itself.
        }
    }
}
