using System.Net;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Cli;

/// <summary>
/// The service that the arguments of <c>service</c> ask for. Without a scenario they are put into the place of one, so that there is one way to read a service time,
/// and one way to tell what is wrong with it.
/// </summary>
internal static class ServiceSource
{
    private const string DefaultName = "service";

    /// <summary>What to serve, or <c>null</c> after telling what is wrong.</summary>
    public static ServiceRun? Resolve(ServiceSettings settings, Problems problems)
    {
        var overrides = settings.Sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        if (settings.Seed is not null) overrides.Add(new Override("seed", settings.Seed, $"--seed {settings.Seed}"));
        var scenario = settings.Scenario is { } file ? ReadFile(file, settings, overrides, problems) : ReadArguments(settings, overrides, problems);
        var listen = Listen(settings.Listen, problems);
        var outbound = settings.Outbound is { } address ? Outbound(address, problems) : null;
        var drain = Drain(settings.Drain, problems);
        var work = Work(settings.Work, problems);
        var service = scenario is null ? null : ServiceOf(scenario, settings, problems);
        var version = service is null ? null : VersionOf(service, settings, problems);
        if (service is { Discipline: QueueDiscipline.ProcessorSharing } && work == ServiceWork.Cpu)
            Tell(problems, "--work cpu", $"the service '{service.Name}' shares its processor (discipline: processorSharing), which only --work timer can do; burning the processor, the machine shares it already.");
        if (problems.HasErrors || scenario is null || service is null || version is null || listen is null) return null;
        return new ServiceRun(
            new SyntheticServiceOptions { Service = service, Version = version, Replica = settings.Replica, Seed = scenario.World.Seed, Listen = listen },
            new LiveClientOptions { Outbound = outbound },
            work, drain);
    }

    private static ScenarioFile? ReadFile(string file, ServiceSettings settings, List<Override> overrides, Problems problems)
    {
        (string Option, string? Value, string Key)[] said =
        [
            ("--service-time", settings.ServiceTime, "serviceTime"), ("--error-rate", settings.ErrorRate, "errorRate"), ("--workers", settings.Workers, "workers"),
            ("--queue", settings.Queue, "queue"), ("--response-size", settings.ResponseSize, "endpoints[0].responseSize"),
        ];
        foreach (var (option, value, key) in said)
        {
            if (value is not null) Tell(problems, option, $"a scenario says this itself; change it with --set services.{settings.Service ?? "NAME"}.{key}={value}.");
        }
        return ScenarioReader.Read(file, overrides, problems);
    }

    private static ScenarioFile? ReadArguments(ServiceSettings settings, List<Override> overrides, Problems problems)
    {
        string name = settings.Service ?? DefaultName;
        var here = new Place("meshlab service");
        var size = Argument("--response-size", settings.ResponseSize);
        var service = Map(here,
            ("serviceTime", Argument("--service-time", settings.ServiceTime is { } time ? Distribution(time) : null)),
            ("errorRate", Argument("--error-rate", settings.ErrorRate)),
            ("workers", Argument("--workers", settings.Workers)),
            ("queue", Argument("--queue", settings.Queue)),
            ("endpoints", size is null ? null : List(here, [Map(here, ("path", Scalar(here, "/")), ("responseSize", size))])));
        var scenario = Map(here,
            ("version", Scalar(here, 1)),
            ("duration", Scalar(here, "1s")),
            ("services", Map(here, (name, service))),
            ("workload", List(here, [Map(here, ("to", Scalar(here, name)), ("rate", Scalar(here, "1/s")))])));
        return problems.HasErrors ? null : ScenarioReader.ReadTree(scenario, here.Source, overrides, problems);

        YamlValue? Argument(string option, string? value) => value is null ? null : YamlTree.ParseArgument(value, $"{option} {value}", problems);
    }

    /// <summary><c>mean 5ms, p99 20ms</c> as the mapping that it means; anything else as it is.</summary>
    public static string Distribution(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetter(text[0])) return text;
        var parts = text.Split(',', StringSplitOptions.TrimEntries).Select(part => part.Contains(':', StringComparison.Ordinal) ? part : string.Join(": ", part.Split(' ', 2, StringSplitOptions.TrimEntries)));
        return $"{{{string.Join(", ", parts)}}}";
    }

    private static ServiceConfig? ServiceOf(ScenarioFile scenario, ServiceSettings settings, Problems problems)
    {
        var services = scenario.World.Services;
        string[] names = [.. services.Select(service => service.Name)];
        if (settings.Service is not { } name)
        {
            if (services.Count == 1) return services[0];
            Tell(problems, "--service", $"which of the scenario's services? Services: {string.Join(", ", names)}.");
            return null;
        }
        if (services.FirstOrDefault(service => service.Name == name) is { } found) return found;
        Tell(problems, $"--service {name}", $"the scenario has no service '{name}'.{Suggest.From(name, names, "Services")}");
        return null;
    }

    private static VersionConfig? VersionOf(ServiceConfig service, ServiceSettings settings, Problems problems)
    {
        string[] names = [.. service.Versions.Select(version => version.Name)];
        if (settings.Version is not { } name)
        {
            if (service.Versions.Count == 1) return service.Versions[0];
            Tell(problems, "--version", $"which version of '{service.Name}'? Versions: {string.Join(", ", names)}.");
            return null;
        }
        if (service.Versions.FirstOrDefault(version => version.Name == name) is { } found) return found;
        Tell(problems, $"--version {name}", $"the service '{service.Name}' has no version '{name}'.{Suggest.From(name, names, "Versions")}");
        return null;
    }

    private static IPEndPoint? Listen(string text, Problems problems)
    {
        if (text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var address)) return address;
        Tell(problems, $"--listen {text}", $"'{text}' is not an address to listen on; write 127.0.0.1:8080, or port 0 for a free one.");
        return null;
    }

    private static EndpointAddress? Outbound(string text, Problems problems)
    {
        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (Uri.TryCreate(url, UriKind.Absolute, out var address) && address is { Scheme: "http", PathAndQuery: "/", Port: > 0 }) return new EndpointAddress(address.Host.Trim('[', ']'), address.Port);
        Tell(problems, $"--outbound {text}", $"'{text}' is not a sidecar's address; write http://127.0.0.1:15001. To the sidecar on the same machine it is plain HTTP.");
        return null;
    }

    private static TimeSpan Drain(string text, Problems problems)
    {
        if (Quantity.Duration.Parse(text, out double seconds) is not { } problem) return TimeSpan.FromSeconds(Math.Min(seconds, 3600));
        Tell(problems, $"--drain {text}", problem);
        return default;
    }

    private static ServiceWork Work(string text, Problems problems)
    {
        if (text is "timer" or "cpu") return text == "cpu" ? ServiceWork.Cpu : ServiceWork.Timer;
        Tell(problems, $"--work {text}", $"'{text}' is no way to work.{Suggest.From(text, ["timer", "cpu"])}");
        return default;
    }

    private static void Tell(Problems problems, string argument, string message) => problems.Error(new Place(argument), "", message);
}

/// <summary>A service to run in this process.</summary>
/// <param name="Options">What it is.</param>
/// <param name="Outbound">The way of its calls.</param>
/// <param name="Work">How it does its own work.</param>
/// <param name="Drain">How long its end may take.</param>
internal sealed record ServiceRun(SyntheticServiceOptions Options, LiveClientOptions Outbound, ServiceWork Work, TimeSpan Drain);
