using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>What a service does for a request after its own work.</summary>
internal static class StepSection
{
    /// <summary>Headers of a request.</summary>
    public static readonly Shape<IReadOnlyList<KeyValuePair<string, string>>> Headers =
        new TableShape<string>("headers such as {x-tier: free}", Values.Name, Values.Text)
            .Then<IReadOnlyList<KeyValuePair<string, string>>>((headers, _, _) => [.. headers]);

    private static readonly Section<CallStep> Call = new Section<CallStep>("call", "a call such as {to: cart, path: /cart}", () => new CallStep { To = "" })
    {
        { "to", Values.Name, (call, value) => call with { To = value }, "The called service.", Presence.Required },
        { "path", Values.RequestPath, (call, value) => call with { Path = value }, "The path. Default /." },
        { "method", Values.Method, (call, value) => call with { Method = value }, "The method. Default GET." },
        { "probability", Values.Percent, (call, value) => call with { Probability = value }, "Chance that the call is made. Default 100%." },
        { "size", Values.Size, (call, value) => call with { RequestBytes = value }, "Size of the request's body. Default 0." },
        { "optional", Values.Flag, (call, value) => call with { Optional = value }, "Whether a failure of this call is ignored; it fails the caller otherwise. Default false." },
        { "headers", Headers, (call, value) => call with { Headers = value }, "Headers added to the call." },
    }
    .Embed(RequestHeadSection.Head, call => call.Head, (call, head) => call with { Head = head });

    private static readonly Section<SleepStep> Sleep = new("sleep", "a pause such as {sleep: 5ms}", () => new SleepStep(DistributionConfig.Constant(0)))
    {
        { "sleep", DistributionShape.Time, (_, time) => new SleepStep(time), "How long to wait, without holding a worker.", Presence.Required },
    };

    private static readonly Section<OneOfStep> OneOf = new("oneOf", "a choice such as {oneOf: [{to: cart, weight: 3}, {to: stock}]}", () => new OneOfStep([]))
    {
        { "oneOf", new ListShape<(double, StepConfig)>("a list of calls or pauses, each with a weight", Weighted()), (_, branches) => new OneOfStep(branches),
            "Takes one branch, drawn by weight.", Presence.Required },
    };

    private static readonly Section<ParallelStep> Parallel = new("parallel", "a block such as {parallel: [{to: cart}, {to: stock}]}", () => new ParallelStep([]))
    {
        { "parallel", new ListShape<StepConfig>("a list of calls, choices or pauses", new UnionShape<StepConfig>("a call, a choice or a pause", As(OneOf, "oneOf"), As(Sleep, "sleep"), As(Call, "to"))),
            (_, branches) => new ParallelStep(branches), "Starts all branches at once and waits for all; fails if one failed.", Presence.Required },
    };

    /// <summary>The steps of a script.</summary>
    public static readonly Shape<IReadOnlyList<StepConfig>> Script = new ListShape<StepConfig>("a list of calls, such as [{to: cart, path: /cart}]",
        new UnionShape<StepConfig>("a call, a parallel block, a choice or a pause", As(Parallel, "parallel"), As(OneOf, "oneOf"), As(Sleep, "sleep"), As(Call, "to")),
        mayBeEmpty: true);

    private static (string Key, Shape<StepConfig> Shape) As<TStep>(Section<TStep> section, string key) where TStep : StepConfig =>
        (key, section.Then<StepConfig>((step, _, _) => step));

    private static UnionShape<(double, StepConfig)> Weighted() => new("a call or a pause, with a weight",
        ("sleep", WeightedSection("weightedSleep", Sleep, new SleepStep(DistributionConfig.Constant(0)))),
        ("to", WeightedSection("weightedCall", Call, new CallStep { To = "" })));

    private static Shape<(double, StepConfig)> WeightedSection<TStep>(string name, Section<TStep> step, TStep start) where TStep : StepConfig =>
        new Section<WeightedStep<TStep>>(name, $"{step.Label}, with a weight", () => new WeightedStep<TStep>(1, start))
        {
            { "weight", Values.Positive, (branch, weight) => branch with { Weight = weight }, "Its weight among the branches. Default 1." },
        }
        .Embed(step, branch => branch.Step, (branch, inner) => branch with { Step = inner })
        .Then((branch, _, reading) => (branch.Weight, (StepConfig)reading.Derive(branch, branch.Step)));

    private sealed record WeightedStep<TStep>(double Weight, TStep Step) where TStep : StepConfig;
}
