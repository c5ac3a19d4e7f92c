using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Cli;

/// <summary>
/// A fault on the command line, <c>EFFECT=VALUE@PERCENT</c>: <c>delay=200ms@10%</c>, <c>delay=mean 200ms, p99 1s</c>, <c>abort=503@5%</c>, <c>abort=grpc 14</c>, <c>reset@1%</c>.
/// It is put into the place of a scenario's, so that there is one way to read a fault, and one way to tell what is wrong with it.
/// </summary>
internal static class FaultArgument
{
    /// <summary>What <c>--help</c> says of it.</summary>
    public const string Help = "EFFECT=VALUE@PERCENT: delay=200ms@10%, \"delay=mean 200ms, p99 1s\", abort=503@5%, \"abort=grpc 14@5%\", reset@1%, bandwidth=100kbit/s, truncate=50%@1%, corrupt@1%. "
        + "With --tcp: latency=100ms~20ms@50%, bandwidth=100, slow_close=1s, timeout=0s, reset_peer=0s, slicer=64, limit_data=1000, refuse.";

    /// <summary>The fault as a scenario has it, or <c>null</c> after telling what is wrong.</summary>
    /// <param name="text">The argument.</param>
    /// <param name="number">Its number among the faults, which names it.</param>
    /// <param name="lease">How long it is in force, as the user wrote it.</param>
    /// <param name="target">The called service.</param>
    /// <param name="problems">Told what is wrong.</param>
    public static YamlValue? Http(string text, int number, string lease, string target, Problems problems)
    {
        var here = new Place($"--fault {text}");
        return Http(text, here, Name(Split(text).Effect, number), lease, Map(here, ("service", Scalar(here, target))), null, problems);
    }

    /// <summary>The fault as a scenario has it, or <c>null</c> after telling what is wrong.</summary>
    /// <param name="text">The argument.</param>
    /// <param name="here">Where it was written.</param>
    /// <param name="name">Its name; <c>null</c> takes its effect's.</param>
    /// <param name="lease">How long it is in force.</param>
    /// <param name="target">What it hits.</param>
    /// <param name="site">Where it acts; <c>null</c> takes the default.</param>
    /// <param name="problems">Told what is wrong.</param>
    public static YamlValue? Http(string text, Place here, string? name, string lease, YamlValue target, string? site, Problems problems)
    {
        var (effect, value, percent) = Split(text);
        YamlValue? what = effect switch
        {
            "delay" => YamlTree.ParseArgument(ServiceSource.Distribution(value), here.Source, problems),
            "abort" when value.StartsWith("grpc ", StringComparison.Ordinal) => Map(here, ("grpcStatus", YamlTree.ParseArgument(value[5..], here.Source, problems))),
            "abort" => YamlTree.ParseArgument(value.Length == 0 ? "503" : value, here.Source, problems),
            "reset" => Map(here, ("reset", YamlTree.ParseArgument("true", here.Source, problems))),
            "corrupt" => YamlTree.ParseArgument("true", here.Source, problems),
            "bandwidth" or "truncate" => YamlTree.ParseArgument(value, here.Source, problems),
            _ => Unknown(here, effect, ["delay", "abort", "reset", "bandwidth", "truncate", "corrupt"], problems),
        };
        return what is null ? null : Map(here,
            ("name", Scalar(here, name ?? effect)),
            ("at", Scalar(here, "0s")),
            ("for", Scalar(here, lease)),
            ("target", target),
            ("site", site is null ? null : Scalar(here, site)),
            (effect == "reset" ? "abort" : effect, what),
            ("percent", Scalar(here, percent)));
    }

    /// <summary>A toxic on plain TCP, or <c>null</c> after telling what is wrong.</summary>
    public static TcpFaultConfig? Tcp(string text, int number, Problems problems)
    {
        var here = new Place($"--fault {text}");
        var (effect, value, percent) = Split(text);
        string[] parts = value.Split('~');
        if (Quantity.Percent.Parse(percent, out double toxicity) is { } wrong) problems.Error(here, "", wrong);
        ToxicConfig? toxic = effect switch
        {
            "latency" => new LatencyToxicConfig { Latency = Time(parts[0]), Jitter = parts.Length > 1 ? Time(parts[1]) : default },
            "bandwidth" => new BandwidthToxicConfig { BytesPerSecond = Number(value) * 1000 },
            "slow_close" => new SlowCloseToxicConfig { Delay = Time(value) },
            "timeout" => new TimeoutToxicConfig { Timeout = value.Length == 0 ? default : Time(value) },
            "reset_peer" or "reset" => new ResetPeerToxicConfig { Timeout = value.Length == 0 ? default : Time(value) },
            "slicer" => new SlicerToxicConfig { AverageSize = (int)Number(value) },
            "limit_data" => new LimitDataToxicConfig { Bytes = Number(value) },
            "refuse" => new RefuseToxicConfig(),
            _ => null,
        };
        if (toxic is null) Unknown(here, effect, ["latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data", "refuse"], problems);
        if (toxic is null || problems.HasErrors) return null;
        var config = new TcpFaultConfig { Name = Name(effect, number), Toxic = toxic, Toxicity = toxicity };
        foreach (string problem in config.Problems()) problems.Error(here, "", problem);
        return config;

        TimeSpan Time(string given)
        {
            if (Quantity.Duration.Parse(given, out double seconds) is { } problem) problems.Error(here, "", problem);
            return TimeSpan.FromSeconds(seconds);
        }

        long Number(string given)
        {
            if (!long.TryParse(given, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long number) || number > int.MaxValue)
                problems.Error(here, "", $"'{given}' is not a whole number; write one up to {int.MaxValue}, such as 100.");
            return number;
        }
    }

    private static (string Effect, string Value, string Percent) Split(string text)
    {
        int at = text.LastIndexOf('@');
        string percent = at < 0 ? "100%" : text[(at + 1)..].Trim();
        string rest = at < 0 ? text : text[..at];
        int equals = rest.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (rest.Trim(), "", percent) : (rest[..equals].Trim(), rest[(equals + 1)..].Trim(), percent);
    }

    private static string Name(string effect, int number) => $"{effect}-{number + 1}";

    private static YamlValue? Unknown(Place here, string effect, string[] known, Problems problems)
    {
        problems.Error(here, "", $"'{effect}' is no fault.{Suggest.From(effect, known, "Faults")}");
        return null;
    }
}
