using System.Globalization;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Runtime.Randomness;
using Mvccpb;

namespace Mesh.Runtime.ControlPlane.Discovery.Etcd;

/// <summary>
/// Services from etcd: everything once, at one revision, then each change from the next revision on. After a broken connection the watch goes on where it was; it begins anew when etcd has
/// compacted what lies between, or is not the etcd that it was.
/// </summary>
public sealed class EtcdProvider : DiscoveryProvider
{
    private const int PageSize = 1000;

    private readonly EtcdOptions _options;
    private readonly EtcdCatalog _catalog;
    private int _connections;
    private (ulong Cluster, long Revision)? _seen;

    /// <summary>A provider that has not started.</summary>
    /// <param name="options">How to reach etcd.</param>
    /// <param name="sink">Told of its services.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The world's draws.</param>
    public EtcdProvider(EtcdOptions options, IDiscoverySink sink, TimeProvider time, KeyedRandom random)
        : base(options.Source, options.Reconnect, sink, time, random)
    {
        _options = options;
        _catalog = new EtcdCatalog(options.Prefix);
    }

    /// <summary>How often everything was listed: once, and again after each compaction that came in between.</summary>
    internal int Lists { get; private set; }

    private protected override string Reason(Exception error) => EtcdConnection.Reason(error);

    private protected override async Task WatchAsync(CancellationToken cancellation)
    {
        using var connection = await EtcdConnection.OpenAsync(_options, _connections++, Time, cancellation).ConfigureAwait(false);
        _seen ??= await ListAsync(connection, cancellation).ConfigureAwait(false);
        await FollowAsync(connection, cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads all instances at one revision, in pages.</summary>
    private async Task<(ulong Cluster, long Revision)> ListAsync(EtcdConnection connection, CancellationToken cancellation)
    {
        var entries = new List<KeyValue>();
        var request = new RangeRequest { Key = ByteString.CopyFromUtf8(_catalog.Root), RangeEnd = EtcdInstance.End(_catalog.Root), Limit = PageSize };
        RangeResponse page;
        do
        {
            page = await connection.AskAsync((headers, token) => connection.Values.RangeAsync(request, headers, cancellationToken: token), cancellation).ConfigureAwait(false);
            entries.AddRange(page.Kvs);
            if (request.Revision == 0) request.Revision = page.Header.Revision;
            if (page.More) request.Key = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
        while (page.More);
        Lists++;
        ReportAll(_catalog.Replace(entries), request.Revision);
        return (page.Header.ClusterId, request.Revision);
    }

    private async Task FollowAsync(EtcdConnection connection, CancellationToken cancellation)
    {
        using var call = connection.Watch(cancellation);
        var create = new WatchCreateRequest
        {
            Key = ByteString.CopyFromUtf8(_catalog.Root),
            RangeEnd = EtcdInstance.End(_catalog.Root),
            StartRevision = _seen!.Value.Revision + 1,
            ProgressNotify = true,
            Fragment = true,
        };
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }, cancellation).ConfigureAwait(false);
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            if (response.Canceled)
            {
                if (response.CompactRevision > 0) throw Gap("etcd has compacted changes that were not seen yet");
                throw new InvalidOperationException($"etcd ended the watch: {response.CancelReason}");
            }
            if (response.Created)
            {
                // Another cluster, or one restored from an older backup: it would be silent until it reaches a revision that means something else there.
                if (response.Header.ClusterId != _seen!.Value.Cluster || response.Header.Revision < _seen.Value.Revision) throw Gap("this etcd is not the one it was");
                Synced();
            }
            if (response.Events.Count > 0) ReportAll(_catalog.Apply(response.Events), response.Header.Revision);
            // Without events it is etcd's word that there were none until then (progress). A fragment is not all of its revision. A notice at creation says nothing of events under way.
            if (!response.Fragment && !response.Created && response.WatchId >= 0) _seen = (response.Header.ClusterId, Math.Max(_seen!.Value.Revision, response.Header.Revision));
        }
        throw new InvalidOperationException("etcd ended the watch.");
    }

    /// <summary>What was seen and what etcd can still tell do not meet: the next session lists everything.</summary>
    private InvalidOperationException Gap(string reason)
    {
        _seen = null;
        return new InvalidOperationException($"{reason}; everything is listed anew.");
    }

    private void ReportAll(IReadOnlyCollection<string> services, long revision)
    {
        foreach (string service in services)
        {
            var (endpoints, warning) = _catalog.Find(service);
            Report(new ServiceObservation
            {
                Source = Source,
                Service = service,
                Endpoints = endpoints,
                TakenAt = Now,
                Revision = revision.ToString(CultureInfo.InvariantCulture),
                Warning = warning,
            });
        }
    }
}
