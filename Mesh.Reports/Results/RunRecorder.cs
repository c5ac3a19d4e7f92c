using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>
/// Listens to one replication and keeps what its reports need. Called for every decision of the mesh, so the steady state allocates nothing
/// and looks at each event once. Not thread safe.
/// </summary>
public sealed class RunRecorder : IMeshEvents
{
    private readonly MeshDirectory _directory;
    private readonly RecorderOptions _options;
    private readonly TimeSlices _slices;
    private readonly Dictionary<ulong, EdgeRecorder> _edges = [];
    private readonly Dictionary<ulong, PairRecorder> _pairs = [];
    private readonly EndpointRecorder _endpoints = new();
    private readonly InboundRecorder _inbound = new();
    private int[] _sources = [];
    private ulong _lastKey = ulong.MaxValue;
    private EdgeRecorder _lastEdge = null!;
    private int _ingress = -1;
    private long _decisions;
    private long _entered;
    private long _left;

    /// <summary>A recorder of one replication in the mesh that <paramref name="directory"/> names.</summary>
    /// <exception cref="ArgumentException">The measured time or the window is empty.</exception>
    public RunRecorder(MeshDirectory directory, RecorderOptions options)
    {
        if (options.End <= options.Warmup) throw new ArgumentException($"the end ({options.End} ticks) must lie after the warm-up ({options.Warmup} ticks)", nameof(options));
        if (options.Window <= 0) throw new ArgumentException($"the window ({options.Window} ticks) must be longer than 0", nameof(options));
        _directory = directory;
        _options = options;
        _slices = new TimeSlices(options.Warmup, options.End, options.Phases);
    }

    /// <inheritdoc/>
    public void On(in MeshEvent e)
    {
        _decisions++;
        switch (e.Kind)
        {
            case MeshEventKind.RequestStarted: RequestStarted(e); break;
            case MeshEventKind.ConnectionOpened: if (_slices.Find(e.At) >= 0) Pair(e).Connections++; break;
            case MeshEventKind.InboundEnded: if (_slices.Find(e.At - e.Duration) >= 0) _inbound.Ended(Source(e.Proxy), e); break;
            case MeshEventKind.AttemptEnded: AttemptEnded(e); break;
            case MeshEventKind.RequestEnded: RequestEnded(e); break;
            case MeshEventKind.BreakerChanged: Pair(e).Breaker(e.Proxy, e.Outcome == 1, e.At, _options.Warmup, _slices.Find(e.At) >= 0); break;
            default: break;
        }
    }

    /// <summary>The replication's record. Call it once, after the last event.</summary>
    public ReplicationRecord Finish(ReplicationFacts facts)
    {
        long end = Math.Min(_options.End, (long)Math.Round(facts.VirtualSeconds * TimeSpan.TicksPerSecond));
        return new ReplicationRecord
        {
            Replication = facts.Replication,
            Seed = facts.Seed,
            TraceHash = facts.TraceHash,
            VirtualSeconds = facts.VirtualSeconds,
            WallSeconds = facts.WallSeconds,
            EventsFired = facts.EventsFired,
            Decisions = _decisions,
            StopReason = facts.StopReason,
            Warnings = facts.Warnings,
            Ingress = _options.Ingress,
            WarmupTicks = _options.Warmup,
            EndTicks = end,
            WindowTicks = _options.Window,
            Phases = _options.Phases,
            Slices = [.. _slices.All.Select(slice => slice with { To = Math.Max(slice.From, Math.Min(slice.To, end)) })],
            Unfinished = Math.Max(0, _entered - _left),
            Edges = [.. _edges.OrderBy(edge => edge.Key).Select(edge => edge.Value.ToStats())],
            Pairs = [.. _pairs.OrderBy(pair => pair.Key).Select(pair => pair.Value.ToStats(_options.Warmup, end))],
            Services = _inbound.ToStats(_directory, _options.Ingress, facts.Utilisation),
            Endpoints = _endpoints.ToStats(_directory),
            Replicas = facts.Replicas,
        };
    }

    private void RequestStarted(in MeshEvent e)
    {
        if (IsIngress(e.Proxy)) _entered++;
        if (e.Bytes == 0) return;
        int slice = _slices.Find(e.At);
        if (slice >= 0) Edge(e).Slice(slice).RequestBytes += e.Bytes;
    }

    private void AttemptEnded(in MeshEvent e)
    {
        int slice = _slices.Find(e.At - e.Duration);
        Edge(e).AttemptEnded(slice, WindowOf(e.At), e);
        if (slice >= 0 && e.Endpoint >= 0) _endpoints.Ended(e);
    }

    private void RequestEnded(in MeshEvent e)
    {
        if (IsIngress(e.Proxy)) _left++;
        Edge(e).RequestEnded(_slices.Find(e.At - e.Duration), WindowOf(e.At), e);
    }

    private int WindowOf(long at) => (int)(at / _options.Window);

    private bool IsIngress(int proxy)
    {
        int source = Source(proxy);
        if (_ingress < 0) _ingress = _directory.FindService(_options.Ingress);
        return source == _ingress;
    }

    private int Source(int proxy) => proxy < _sources.Length ? _sources[proxy] : ReadSources(proxy);

    private int ReadSources(int proxy)
    {
        _sources = [.. _directory.Proxies.Select(entry => entry.ServiceId)];
        return _sources[proxy];
    }

    private EdgeRecorder Edge(in MeshEvent e)
    {
        ulong key = ((ulong)(uint)Source(e.Proxy) << 32) | (uint)e.Class;
        if (key == _lastKey) return _lastEdge;
        if (!_edges.TryGetValue(key, out var edge)) _edges.Add(key, edge = NewEdge(e));
        _lastKey = key;
        return _lastEdge = edge;
    }

    private EdgeRecorder NewEdge(in MeshEvent e)
    {
        // A request that matched nothing has no class: it still is somebody's failure, under a name that no service can have.
        var (to, path) = e.Class >= 0 ? (_directory.Classes[e.Class].Service, _directory.Classes[e.Class].Path) : (ServiceName(e.Service), "(unknown)");
        int precision = IsIngress(e.Proxy) ? LogHistogram.Fine : LogHistogram.Coarse;
        return new EdgeRecorder(ServiceName(Source(e.Proxy)), to, path, _slices.All.Count, precision);
    }

    private PairRecorder Pair(in MeshEvent e)
    {
        int to = e.Service < 0 && e.Class >= 0 ? _directory.Classes[e.Class].ServiceId : e.Service;
        ulong key = ((ulong)(uint)Source(e.Proxy) << 32) | (uint)to;
        if (!_pairs.TryGetValue(key, out var pair)) _pairs.Add(key, pair = new PairRecorder(ServiceName(Source(e.Proxy)), ServiceName(to)));
        return pair;
    }

    private string ServiceName(int id) => id < 0 ? "(unknown)" : _directory.Services[id];
}
