using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Telemetry.Metrics;

/// <summary>What <c>/metrics</c> answers.</summary>
internal sealed class Scrape
{
    private Scrape(string text) => Text = text;

    public string Text { get; }

    /// <summary>Names of samples, without those that the exporter has of itself.</summary>
    public IEnumerable<string> Names => Samples.Select(line => line[..line.IndexOfAny(['{', ' '])]).Distinct();

    private IEnumerable<string> Samples => Text.Split('\n').Where(line => line.Length > 0 && line[0] != '#' && !line.StartsWith("target_info", StringComparison.Ordinal));

    public static async Task<Scrape> OfAsync(LiveTelemetry telemetry)
    {
        await using var server = await Receiver.StartAsync(map: app => telemetry.MapMetrics(app));
        using var client = new HttpClient();
        return new Scrape(await client.GetStringAsync(new Uri(server.Address, "/metrics")));
    }

    /// <summary>The value of the one sample of this name whose labels include those given.</summary>
    public double Value(string name, params (string Name, string Value)[] labels)
    {
        var found = Samples.Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' ' && labels.All(label => line.Contains($"{label.Name}=\"{label.Value}\"", StringComparison.Ordinal))).ToList();
        Assert.True(found.Count == 1, $"{found.Count} samples of {name} with {string.Join(',', labels)} in\n{Text}");
        return double.Parse(found[0][(found[0].LastIndexOf('}') + 1)..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The names of the labels of the first sample of this name.</summary>
    public IEnumerable<string> LabelsOf(string name)
    {
        string line = Samples.First(line => line.StartsWith(name + "{", StringComparison.Ordinal));
        return System.Text.RegularExpressions.Regex.Matches(line, "([a-z_]+)=\"").Select(match => match.Groups[1].Value);
    }
}
