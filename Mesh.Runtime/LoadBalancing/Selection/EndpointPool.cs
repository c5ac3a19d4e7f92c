using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// One subset of a service, or the whole of it, in priorities. Priorities and lists are made again only after the snapshot or somebody's health has changed,
/// and only with the next pick.
/// </summary>
internal sealed class EndpointPool(EndpointSelector owner, string? subset)
{
    private PriorityLevel[] _levels = [];
    private int[] _available = [];
    private int[] _degradedAvailable = [];
    private int[] _loads = [];
    private int[] _degradedLoads = [];
    private bool _anyDegraded;
    private EffectiveWeights? _weights;
    private bool _alwaysWeighs;
    private long _slowUntil;
    private int _arranged = -1;
    private int _judged = -1;

    /// <summary>Whether a priority that gets requests ignores health for want of healthy endpoints.</summary>
    public bool InPanic { get; private set; }

    /// <summary>The share of requests of each priority's healthy endpoints, in percent.</summary>
    public ReadOnlySpan<int> Loads => _loads;

    /// <summary>The share of requests of each priority's degraded endpoints, in percent.</summary>
    public ReadOnlySpan<int> DegradedLoads => _degradedLoads;

    /// <summary>The priorities, for tests.</summary>
    public IReadOnlyList<PriorityLevel> Levels => _levels;

    /// <summary>Brings the lists up to date.</summary>
    /// <returns>Whether anything had to be made again.</returns>
    public bool Refresh()
    {
        if (_arranged == owner.Version && _judged == owner.States.HealthVersion) return false;
        if (_arranged != owner.Version) Arrange();
        Judge();
        _arranged = owner.Version;
        _judged = owner.States.HealthVersion;
        return true;
    }

    /// <summary>Picks an endpoint; false where there is none.</summary>
    /// <param name="request">What for.</param>
    /// <param name="repick">How many picks for the same attempt were refused.</param>
    /// <param name="places">Draws for priority and zone.</param>
    /// <param name="draws">Draws for the balancer.</param>
    /// <param name="selection">The pick.</param>
    public bool TryPick(in SelectionRequest request, int repick, ref DrawSequence places, ref DrawSequence draws, out Selection selection)
    {
        selection = default;
        if (_levels.Length == 0) return false;
        var (priority, degraded) = _levels.Length == 1 && !_anyDegraded ? (0, false) : ChoosePriority(request, places.Next());
        var candidates = _levels[priority].Choose(degraded, request.HasHash, ref places);
        if (candidates.Members.Length == 0) return false;
        var weights = _alwaysWeighs || request.Now < _slowUntil ? _weights : null;
        selection = candidates.Pick(new PickRequest(request.Now, repick, request.Hash, request.HasHash, weights), ref draws);
        return true;
    }

    private (int Priority, bool Degraded) ChoosePriority(in SelectionRequest request, ulong bits)
    {
        if (request.PreviousPriorities == 0 || request.Tried.Length < request.PreviousPriorities || _levels.Length == 1) return PriorityLoads.Choose(bits, _loads, _degradedLoads);
        Span<int> tried = stackalloc int[request.Tried.Length];
        for (int i = 0; i < tried.Length; i++) tried[i] = PriorityOf(request.Tried[i]);
        Span<int> loads = stackalloc int[_levels.Length], degradedLoads = stackalloc int[_levels.Length];
        return TriedPriorities.TryShare(tried, request.PreviousPriorities, _available, _degradedAvailable, loads, degradedLoads)
            ? PriorityLoads.Choose(bits, loads, degradedLoads)
            : PriorityLoads.Choose(bits, _loads, _degradedLoads);
    }

    private int PriorityOf(int endpoint) => Array.FindIndex(_levels, level => Array.Exists(level.All, one => one.Id == endpoint));

    /// <summary>Subset, this proxy's part of it, and priorities.</summary>
    private void Arrange()
    {
        var model = owner.Model;
        var config = model.Policy.Config;
        var members = Subsets.Find(model, subset);
        if (owner.Shares is { } zones) members = Array.FindAll(members, endpoint => zones.ContainsKey(endpoint.Zone));
        var dealt = Subsetting.Deal(members, config.Subsetting, owner.Local, owner.Random, model.Id);

        _alwaysWeighs = dealt.Shares is not null;
        _weights = dealt.Shares is null && owner.SlowStart is null ? null : new EffectiveWeights(owner.States, owner.SlowStart, dealt.Shares);
        var groups = Prioritize(dealt.Members, config.Locality);
        var old = _levels;
        _levels = new PriorityLevel[groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            _levels[i] = i < old.Length ? old[i] : new PriorityLevel(owner);
            _levels[i].Arrange(groups[i], isFirst: i == 0);
        }
    }

    private Endpoint[][] Prioritize(Endpoint[] members, LocalityConfig? locality)
    {
        if (members.Length == 0) return [];
        if (locality is not { Failover: not null } and not { Priorities: not null }) return [members];
        return [.. members.GroupBy(endpoint => ZoneOrder.PriorityOf(endpoint.Zone, locality, owner.Local.Zone))
            .OrderBy(group => group.Key).Select(group => group.ToArray())];
    }

    /// <summary>Health, loads and panic of the priorities, and from them who may be picked.</summary>
    private void Judge()
    {
        int count = _levels.Length;
        InPanic = false;
        _anyDegraded = false;
        (_loads, _degradedLoads, _available, _degradedAvailable) = (new int[count], new int[count], new int[count], new int[count]);
        if (count == 0) return;

        int factor = (int)Math.Round((owner.Model.Policy.Config.Locality?.OverprovisioningFactor ?? 1.4) * 100);
        int threshold = (int)Math.Round(owner.Model.Policy.PanicThreshold * 100);
        for (int i = 0; i < count; i++)
        {
            var level = _levels[i];
            level.FindHealthy();
            _anyDegraded |= level.Degraded > 0;
            _available[i] = PriorityLoads.Availability(level.Healthy, level.All.Length, factor);
            _degradedAvailable[i] = PriorityLoads.Availability(level.Degraded, level.All.Length, factor);
        }
        if (!PriorityLoads.TryShare(_available, _degradedAvailable, _loads, _degradedLoads)) _loads[0] = 100;

        bool enough = PriorityLoads.Normalized(_available, _degradedAvailable) == 100;
        bool[] panics = new bool[count];
        for (int i = 0; i < count; i++) panics[i] = !enough && PriorityLoads.Panics(_levels[i].Healthy + _levels[i].Degraded, _levels[i].All.Length, threshold);
        if (!panics.Contains(false))
        {
            PriorityLoads.ShareByCount([.. _levels.Select(level => level.All.Length)], _loads);
            Array.Clear(_degradedLoads);
        }

        _slowUntil = 0;
        for (int i = 0; i < count; i++)
        {
            _levels[i].Settle(panics[i]);
            InPanic |= panics[i] && _loads[i] + _degradedLoads[i] > 0;
            if (owner.SlowStart is not null) NoteSlowStarts(_levels[i].All, owner.SlowStart.Window.Ticks);
        }
    }

    private void NoteSlowStarts(Endpoint[] endpoints, long window)
    {
        foreach (var endpoint in endpoints)
        {
            if (owner.States.FindHealth(endpoint.Id) is { HealthySince: > 0 } health) _slowUntil = Math.Max(_slowUntil, health.HealthySince + window);
        }
    }
}
