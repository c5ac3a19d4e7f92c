using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Import;

/// <summary>Turns a script of an isotope graph into the calls of a scenario.</summary>
/// <param name="values">Reads single values.</param>
/// <param name="services">The graph's services, for calls to what is not there.</param>
/// <param name="requestSize">The size of a call that says none.</param>
internal sealed class IsotopeScript(IsotopeValues values, IReadOnlySet<string> services, YamlScalar? requestSize)
{
    /// <summary>The steps, or <c>null</c> when there are none.</summary>
    public YamlList? Read(YamlValue? script, List<string> called)
    {
        if (script is null or YamlScalar { IsNull: true }) return null;
        if (script is not YamlList list) return values.Fail<YamlList>(script, "script", $"needs a list of steps, but there is {script.Kind}.");
        var steps = list.Items.Select(step => step is YamlList block ? Concurrent(block, called) : Step(step, called)).OfType<YamlValue>().ToList();
        return steps.Count == 0 ? null : List(list.Place, steps);
    }

    private YamlMap? Concurrent(YamlList block, List<string> called)
    {
        var steps = new List<YamlValue>();
        foreach (var item in block.Items)
        {
            if (item is YamlList) values.Fail<YamlMap>(item, "script", "concurrent steps inside concurrent steps are not allowed.");
            else if (Step(item, called) is { } step) steps.Add(step);
        }
        return steps.Count == 0 ? null : Map(block.Place, ("parallel", List(block.Place, steps)));
    }

    private YamlMap? Step(YamlValue step, List<string> called)
    {
        if (step is not YamlMap { Entries: [var entry] }) return values.Fail<YamlMap>(step, "script", $"a step has exactly one key, 'call' or 'sleep', but there is {step.Kind}.");
        return entry.Key switch
        {
            "sleep" => Sleep(entry.Value),
            "call" => Call(entry.Value, called),
            _ => values.Fail<YamlMap>(entry.Value, "script", $"'{entry.Key}' is not a step; steps are call and sleep."),
        };
    }

    private YamlMap? Sleep(YamlValue value)
    {
        if (value is not YamlScalar scalar) return values.Fail<YamlMap>(value, "sleep", $"needs a duration such as 100ms, but there is {value.Kind}.");
        string text = scalar.Text.Trim().Replace("µs", "us", StringComparison.Ordinal).Replace("μs", "us", StringComparison.Ordinal);
        return Quantity.Duration.Parse(text, out _) is { } problem ? values.Fail<YamlMap>(value, "sleep", problem) : Map(value.Place, ("sleep", Scalar(value.Place, text)));
    }

    private YamlMap? Call(YamlValue value, List<string> called)
    {
        if (value is YamlScalar { Text: var name }) return CallTo(value, name, requestSize, null, null, called);
        if (value is not YamlMap map || values.Text(map, "service") is not { } service) return values.Fail<YamlMap>(value, "call", "needs a service's name, or a mapping with 'service'.");
        var headers = map.Find("extra-header")?.Value as YamlMap;
        var size = map.Find("size") is null ? requestSize : values.Size(map, "size");
        return CallTo(service, service.Text, size, values.Probability(map, "probability"), headers, called);
    }

    private YamlMap? CallTo(YamlValue at, string name, YamlScalar? size, YamlScalar? probability, YamlMap? headers, List<string> called)
    {
        if (!services.Contains(name)) return values.Fail<YamlMap>(at, "call", $"there is no service '{name}'.{Suggest.From(name, [.. services], "Services")}");
        called.Add(name);
        return Map(at.Place, ("to", Scalar(at.Place, name)), ("probability", probability), ("size", size), ("headers", headers));
    }
}
