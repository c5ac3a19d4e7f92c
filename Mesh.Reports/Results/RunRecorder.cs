using Mesh.Reports.Exemplars;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>
/// Listens to one replication and keeps what its reports need. Called for every decision of the mesh: an event is copied into a batch,
/// and a full batch is counted edge by edge (<see cref="EventBatch"/>). The steady state allocates nothing. Not thread safe.
/// </summary>
public sealed class RunRecorder : IMeshEvents
{
    private readonly MeshDirectory _directory;
    private readonly RecorderOptions _options;
    private readonly TimeSlices _slices;
    private readonly EventBatch _batch;
    private readonly List<EventCell> _cells = [];
    private readonly Dictionary<ulong, int> _cellIds = [];
    private readonly SortedDictionary<ulong, EdgeRecorder> _edges = [];
    private readonly SortedDictionary<int, InboundRecorder> _inbound = [];
    private readonly SortedDictionary<ulong, PairRecorder> _pairs = [];
    private readonly EndpointRecorder _endpoints = new();
    private readonly ExemplarRecorder _exemplars;
    private int[] _sources = [];
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
        _batch = new EventBatch(CellOf, _cells);
        _exemplars = new ExemplarRecorder(directory, options.Exemplars);
    }

    /// <inheritdoc/>
    public void On(in MeshEvent e)
    {
        _decisions++;
        if (e.Request != 0) _exemplars.On(e, enters: e is { Kind: MeshEventKind.RequestStarted, Parent: 0 } && _slices.Find(e.At) >= 0 && IsIngress(Source(e.Proxy)));
        int source;
        switch (e.Kind)
        {
            case MeshEventKind.RequestStarted:
                source = Source(e.Proxy);
                if (IsIngress(source)) _entered++;
                if (e.Bytes != 0) _batch.Add(e, source);
                break;
            case MeshEventKind.RequestEnded:
                source = Source(e.Proxy);
                if (IsIngress(source)) _left++;
                _batch.Add(e, source);
                break;
            case MeshEventKind.AttemptEnded or MeshEventKind.InboundEnded:
                _batch.Add(e, Source(e.Proxy));
                break;
            case MeshEventKind.ConnectionOpened:
                if (_slices.Find(e.At) >= 0) Pair(e).Connections++;
                break;
            case MeshEventKind.BreakerChanged:
                Pair(e).Breaker(e, _options.Warmup, _slices.Find(e.At) >= 0);
                break;
            case MeshEventKind.EndpointEjected or MeshEventKind.EndpointReadmitted:
                Pair(e).Ejection(e, _options.Warmup, _slices.Find(e.At) >= 0);
                break;
            default:
                break;
        }
    }

    /// <summary>The replication's record. Call it once, after the last event.</summary>
    public ReplicationRecord Finish(ReplicationFacts facts)
    {
        _batch.Flush();
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
            Edges = [.. _edges.Values.Select(edge => edge.ToStats())],
            Pairs = [.. _pairs.Values.Select(pair => pair.ToStats(_options.Warmup, end))],
            Services = [.. Services(facts.Utilisation)],
            Endpoints = _endpoints.ToStats(_directory),
            Replicas = facts.Replicas,
            Faults = facts.Faults,
            Exemplars = _exemplars.Finish(),
            ExemplarsSkipped = _exemplars.Skipped,
        };
    }

    /// <summary>A row for every service of the mesh, called or not; the ingress is none.</summary>
    private IEnumerable<ServiceStats> Services(IReadOnlyList<ServiceUtilisation> utilisation)
    {
        var busy = utilisation.ToDictionary(row => row.Service, row => row.Windows, StringComparer.Ordinal);
        for (int id = 0; id < _directory.Services.Count; id++)
        {
            string name = _directory.Services[id];
            if (name != _options.Ingress) yield return (_inbound.GetValueOrDefault(id) ?? new InboundRecorder(_slices)).ToStats(name, busy.GetValueOrDefault(name, []));
        }
    }

    private bool IsIngress(int source)
    {
        if (_ingress < 0) _ingress = _directory.FindService(_options.Ingress);
        return source == _ingress;
    }

    private int Source(int proxy) => proxy < _sources.Length ? _sources[proxy] : ReadSources(proxy);

    private int ReadSources(int proxy)
    {
        _sources = [.. _directory.Proxies.Select(entry => entry.ServiceId)];
        return _sources[proxy];
    }

    private int CellOf(PendingEvent e)
    {
        const ulong inbound = 1UL << 63;
        ulong key = Key(e.Source, e.Class);
        if (e.Kind == MeshEventKind.InboundEnded) key = inbound | (uint)e.Source;
        // Scrambled, as the dictionary's own hash of a pair of small numbers is their exclusive or: a few values for all of them.
        if (_cellIds.TryGetValue(key * 0x9E3779B97F4A7C15, out int cell)) return cell;
        _cellIds.Add(key * 0x9E3779B97F4A7C15, _cells.Count);
        _cells.Add(e.Kind == MeshEventKind.InboundEnded ? _inbound[e.Source] = new InboundRecorder(_slices) : _edges[key] = NewEdge(e));
        return _cells.Count - 1;
    }

    private EdgeRecorder NewEdge(in PendingEvent e)
    {
        // A request that matched nothing has no class: it still is somebody's failure, under a name that no service can have.
        var (to, path) = e.Class >= 0 ? (_directory.Classes[e.Class].Service, _directory.Classes[e.Class].Path) : (ServiceName(e.Service), "(unknown)");
        int precision = IsIngress(e.Source) ? LogHistogram.Fine : LogHistogram.Coarse;
        return new EdgeRecorder(ServiceName(e.Source), to, path, _slices, _options.Window, precision, _endpoints);
    }

    private static ulong Key(int source, int target) => ((ulong)(uint)source << 32) | (uint)target;

    private PairRecorder Pair(in MeshEvent e)
    {
        int to = e.Service < 0 && e.Class >= 0 ? _directory.Classes[e.Class].ServiceId : e.Service;
        ulong key = Key(Source(e.Proxy), to);
        if (!_pairs.TryGetValue(key, out var pair)) _pairs.Add(key, pair = new PairRecorder(ServiceName(Source(e.Proxy)), ServiceName(to)));
        return pair;
    }

    private string ServiceName(int id) => id < 0 ? "(unknown)" : _directory.Services[id];
}
