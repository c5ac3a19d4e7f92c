using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>The load, and the replicas that come and go.</summary>
internal static class WorkloadSection
{
    private static readonly Section<MixConfig> Mix = new Section<MixConfig>("mix", "a kind of request such as {path: /checkout, weight: 1}", () => new MixConfig())
    {
        { "path", Values.RequestPath, (mix, value) => mix with { Path = value }, "The path. Default /." },
        { "method", Values.Method, (mix, value) => mix with { Method = value }, "The method. Default GET." },
        { "weight", Values.Positive, (mix, value) => mix with { Weight = value }, "Its weight among the mix. Default 1." },
        { "headers", StepSection.Headers, (mix, value) => mix with { Headers = value }, "Headers." },
        { "size", Values.Size, (mix, value) => mix with { RequestBytes = value }, "Size of the request's body. Default 0." },
    }
    .Embed(RequestHeadSection.Head, mix => mix.Head, (mix, head) => mix with { Head = head });

    private static readonly Section<StageConfig> Stage = new("stage", "a stage such as {for: 30s, rate: 400/s}", () => new StageConfig { For = TimeSpan.FromSeconds(1), Rate = 0 })
    {
        { "for", Values.PositiveDuration, (stage, value) => stage with { For = value }, "How long.", Presence.Required },
        { "rate", Values.Rate, (stage, value) => stage with { Rate = value }, "Requests per second at its start.", Presence.Required },
        { "rampTo", Values.Rate, (stage, value) => stage with { RampTo = value }, "The rate at its end, reached linearly. Default: the rate stays." },
    };

    private static readonly Section<WorkloadDraft> Workload = new Section<WorkloadDraft>("workload", "a workload such as {to: storefront, rate: 100/s}", () => new WorkloadDraft())
    {
        { "name", Values.Name, (draft, value) => draft with { Name = value }, "Its name. Default: the called service's." },
        { "to", Values.Name, (draft, value) => draft with { Workload = draft.Workload with { To = value } }, "The called service; the load enters through the ingress proxy.", Presence.Required },
        { "mix", new ListShape<MixConfig>("a list of requests, such as [{path: /checkout, weight: 1}]", Mix), (draft, value) => draft with { Workload = draft.Workload with { Mix = value } },
            "What it asks for, drawn by weight. Default: GET /." },
        { "arrivals", Values.Choice<ArrivalProcess>("an arrival process"), (draft, value) => draft with { Workload = draft.Workload with { Arrivals = value } },
            "poisson (open loop, random gaps), constant (open loop, equal gaps), or closed (users who wait for each answer). Default poisson, or closed where users are given." },
        { "rate", Values.Rate, (draft, value) => draft with { Rate = value }, "The rate for the whole run: a short form of one stage." },
        { "stages", new ListShape<StageConfig>("a list of stages, such as [{for: 30s, rate: 400/s}]", Stage), (draft, value) => draft with { Workload = draft.Workload with { Stages = value } },
            "Rates, one after the other." },
        { "users", Values.Count(1), (draft, value) => draft with { Workload = draft.Workload with { Users = value } }, "Users of a closed loop, each with one request at a time." },
        { "thinkTime", DistributionShape.Time, (draft, value) => draft with { Workload = draft.Workload with { ThinkTime = value } }, "A user's pause between an answer and the next request. Default 0." },
        { "timeout", Values.PositiveDuration, (draft, value) => draft with { Workload = draft.Workload with { Timeout = value } }, "When the client gives up. Default never." },
    }
    .Check(CheckLoad);

    /// <summary>The workloads; those with a single rate still need the run's duration.</summary>
    public static readonly Shape<IReadOnlyList<WorkloadDraft>> Workloads =
        new ListShape<WorkloadDraft>("a list of workloads, such as [{to: storefront, rate: 100/s}]", Workload);

    /// <summary>Replicas that come and go.</summary>
    public static readonly Shape<IReadOnlyList<ScaleConfig>> Scale = new ListShape<ScaleConfig>("a list of changes, such as [{at: 30s, service: cart, replicas: 4}]",
        new Section<ScaleConfig>("scale", "a change such as {at: 30s, service: cart, replicas: 4}", () => new ScaleConfig { At = default, Service = "", Replicas = 1 })
        {
            { "at", Values.Duration, (scale, value) => scale with { At = value }, "When, from the start of the run.", Presence.Required },
            { "service", Values.Name, (scale, value) => scale with { Service = value }, "The service.", Presence.Required },
            { "version", Values.Name, (scale, value) => scale with { Version = value }, "The version, where the service has several." },
            { "replicas", Values.Count(0), (scale, value) => scale with { Replicas = value }, "How many replicas there are from then on.", Presence.Required },
        }, mayBeEmpty: true);

    private static void CheckLoad(WorkloadDraft draft, YamlMap map, Reading reading)
    {
        bool closed = draft.IsClosed;
        string[] misplaced = closed ? ["rate", "stages"] : ["users", "thinkTime"];
        foreach (string key in misplaced)
        {
            if (map.Find(key) is { } entry) reading.Error(entry, map, closed ? $"a closed loop has no '{key}'; its users set the pace." : $"only a closed loop has '{key}'; write 'arrivals: closed'.");
        }
        if (closed)
        {
            if (map.Find("users") is null) reading.Error(map, "a closed loop needs 'users', such as users: 50.");
            return;
        }
        if (map.Find("rate") is { } rate && map.Find("stages") is not null) reading.Error(rate, map, "'rate' and 'stages' stand together; write the rate in the stages.");
        if (map.Find("rate") is null && map.Find("stages") is null) reading.Error(map, "needs a load: 'rate: 100/s', 'stages', or 'users' for a closed loop.");
    }
}

/// <summary>A workload whose single rate has not yet become a stage.</summary>
internal sealed record WorkloadDraft
{
    public string? Name { get; init; }

    public double? Rate { get; init; }

    public WorkloadConfig Workload { get; init; } = new() { Name = "", To = "", Arrivals = Unsaid };

    public bool IsClosed => Workload.Arrivals == ArrivalProcess.Closed || (Workload.Arrivals == Unsaid && Workload.Users > 0);

    // No arrival process was written: users then mean a closed loop.
    private const ArrivalProcess Unsaid = (ArrivalProcess)(-1);

    /// <summary>The workload in a run of this length.</summary>
    public WorkloadConfig Resolve(TimeSpan duration) => Workload with
    {
        Name = Name ?? Workload.To,
        Arrivals = Workload.Arrivals != Unsaid ? Workload.Arrivals : IsClosed ? ArrivalProcess.Closed : ArrivalProcess.Poisson,
        Stages = Rate is { } rate && !IsClosed ? [new StageConfig { For = duration, Rate = rate }] : Workload.Stages,
    };
}
