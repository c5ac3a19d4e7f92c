using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Refusal by priority.</summary>
internal static class LoadSheddingSection
{
    private static readonly RequestPriority[] Priorities = Enum.GetValues<RequestPriority>();

    private static readonly Section<LoadSheddingConfig> Shares = new Section<LoadSheddingConfig>(
        "shares", "shares by priority such as {low: 60%, sheddable: 30%}", () => new LoadSheddingConfig())
    {
        { "critical", Values.Percent, (shares, value) => shares with { Critical = value }, "Share of the places that critical requests may fill. Default 100%." },
        { "high", Values.Percent, (shares, value) => shares with { High = value }, "Share that high requests may fill. Default 95%." },
        { "default", Values.Percent, (shares, value) => shares with { Default = value }, "Share that requests without a priority may fill. Default 90%." },
        { "low", Values.Percent, (shares, value) => shares with { Low = value }, "Share that low requests may fill. Default 75%." },
        { "sheddable", Values.Percent, (shares, value) => shares with { Sheddable = value }, "Share that sheddable requests may fill. Default 50%." },
    }
    .Check(CheckOrder);

    /// <summary>Refusal by priority.</summary>
    public static readonly Section<LoadSheddingConfig> LoadShedding = new("loadShedding", "load shedding such as {maxRequests: 100}", () => new LoadSheddingConfig())
    {
        { "maxRequests", Values.Count(1), (shedding, value) => shedding with { MaxRequests = value }, "Requests in progress in one replica's sidecar at which even critical ones are refused.", Presence.Required },
        { "header", Values.Name, (shedding, value) => shedding with { Header = value }, "The header that says how much a request matters. Default x-priority." },
        { "values", new TableShape<RequestPriority>("priorities by the header's value, such as {gold: critical}", Values.Text, Values.Choice<RequestPriority>("a priority")),
            (shedding, value) => shedding with { Values = value }, "What values of the header mean, beside critical, high, default, low and sheddable themselves." },
        { "shares", Shares, ApplyShares, "Share of the places that each priority may fill before it is refused." },
    };

    private static LoadSheddingConfig ApplyShares(LoadSheddingConfig shedding, LoadSheddingConfig shares) => shedding with
    {
        Critical = shares.Critical, High = shares.High, Default = shares.Default, Low = shares.Low, Sheddable = shares.Sheddable,
    };

    private static void CheckOrder(LoadSheddingConfig shares, YamlMap map, Reading reading)
    {
        for (int i = 1; i < Priorities.Length; i++)
        {
            (string upper, string lower) = (NameOf(Priorities[i - 1]), NameOf(Priorities[i]));
            if (shares.ShareOf(Priorities[i]) <= shares.ShareOf(Priorities[i - 1])) continue;
            var at = map.Find(lower) ?? map.Find(upper)!;
            reading.Error(at.Value, $"'{lower}' may fill {shares.ShareOf(Priorities[i]):0.##%} and the more important '{upper}' only {shares.ShareOf(Priorities[i - 1]):0.##%}; give '{upper}' at least as much.");
        }
    }

    private static string NameOf(RequestPriority priority) => priority.ToString().ToLowerInvariant();
}
