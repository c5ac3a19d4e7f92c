using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Every name that is used must have been declared, and be declared once.</summary>
internal sealed class NameChecks
{
    /// <summary>The name of the proxy through which load enters; no service may have it.</summary>
    public const string Ingress = "ingress";

    private readonly WorldConfig _world;
    private readonly Reading _reading;
    private readonly OrderedDictionary<string, ServiceConfig> _services = new(StringComparer.Ordinal);

    private NameChecks(WorldConfig world, Reading reading)
    {
        _world = world;
        _reading = reading;
        foreach (var service in world.Services) _services[service.Name] = service;
    }

    public static void Run(WorldConfig world, Reading reading)
    {
        var checks = new NameChecks(world, reading);
        checks.Unique(world, "zones", world.Zones, "zone");
        foreach (var service in world.Services) checks.Service(service);
        foreach (var (name, policy) in world.Mesh.Services) checks.KnownService(policy, null, name);
        foreach (var policy in world.Mesh.Services.Values.Prepend(world.Mesh.Defaults)) checks.Locality(policy.Locality);
        foreach (var (name, policy) in world.Mesh.Services) checks.SubsetLabels(policy, name);
        foreach (var workload in world.Workloads) checks.Workload(workload);
        foreach (string name in Repeated(world.Workloads.Select(workload => workload.Name))) checks.Error(world, "workload", $"two workloads have the name '{name}'; give each its own with 'name'.");
        foreach (var change in world.Scale) checks.Scale(change);
    }

    private void Service(ServiceConfig service)
    {
        if (service.Name == Ingress) Error(service, null, $"'{Ingress}' is the name of the proxy through which load enters; give the service another name.");
        foreach (var version in service.Versions)
        {
            KnownZones(version, "zones", version.Zones.Keys);
        }
        Unique(service, "endpoints", service.Classes.Select(one => one.Path), "path");
        foreach (var step in service.Classes.SelectMany(one => one.Script)) Step(step);
    }

    private void Locality(LocalityConfig? locality)
    {
        if (locality is null) return;
        if (locality.Failover is { } failover) KnownZones(locality, "failover", failover.Keys.Where(zone => zone != LocalityConfig.AnyZone).Concat(failover.Values.SelectMany(zones => zones)));
        if (locality.Priorities is { } groups) KnownZones(locality, "priorities", groups.SelectMany(zones => zones));
        if (locality.Distribute is { } shares) KnownZones(locality, "distribute", shares.Keys.Concat(shares.Values.SelectMany(zones => zones.Keys)));
    }

    private void SubsetLabels(PolicyConfig policy, string service)
    {
        if (policy.Subsets is null || !_services.TryGetValue(service, out var known)) return;
        foreach (var (name, subset) in policy.Subsets)
        {
            if (known.Versions.Any(version => subset.Labels.All(label => LabelOf(version, label.Key) == label.Value))) continue;
            string labels = string.Join(", ", subset.Labels.Select(label => $"{label.Key}: {label.Value}"));
            Error(subset, "labels", $"no version of '{service}' has the labels {{{labels}}}, so that the subset '{name}' would always be empty; give a version these 'labels'.");
        }
    }

    private static string? LabelOf(VersionConfig version, string name) =>
        version.Labels.TryGetValue(name, out string? value) ? value : name == SubsetConfig.VersionLabel ? version.Name : null;

    private void KnownZones(object at, string key, IEnumerable<string> zones)
    {
        foreach (string zone in zones.Distinct())
        {
            if (_world.Zones.Contains(zone)) continue;
            Error(at, key, _world.Zones.Count == 0 ? $"there is no zone '{zone}'; name the zones at the top: 'zones: [{zone}]'." : $"there is no zone '{zone}'.{Suggest.From(zone, [.. _world.Zones], "Zones")}");
        }
    }

    private void Step(StepConfig step)
    {
        switch (step)
        {
            case CallStep call:
                KnownPath(call, call.To, call.Path);
                break;
            case ParallelStep parallel:
                foreach (var branch in parallel.Branches) Step(branch);
                break;
            case OneOfStep choice:
                foreach (var (_, branch) in choice.Branches) Step(branch);
                break;
            default:
                break;
        }
    }

    private void Workload(WorkloadConfig workload)
    {
        if (KnownService(workload, "to", workload.To) is not { } service) return;
        foreach (var mix in workload.Mix)
        {
            bool said = _reading.Sources.At(mix).Path.Length > 0;
            KnownPathOf(service, said ? mix : workload, said ? "path" : "to", mix.Path);
        }
    }

    private void Scale(ScaleConfig change)
    {
        if (KnownService(change, "service", change.Service) is not { } service) return;
        string[] versions = [.. service.Versions.Select(version => version.Name)];
        if (change.Version is null && versions.Length > 1) Error(change, null, $"'{service.Name}' has several versions; say which with 'version': {string.Join(", ", versions)}.");
        if (change.Version is { } name && !versions.Contains(name)) Error(change, "version", $"'{service.Name}' has no version '{name}'.{Suggest.From(name, versions, "Versions")}");
    }

    private void KnownPath(CallStep call, string to, string path)
    {
        if (KnownService(call, "to", to) is { } service) KnownPathOf(service, call, "path", path);
    }

    private ServiceConfig? KnownService(object at, string? key, string name)
    {
        if (_services.TryGetValue(name, out var service)) return service;
        if (name.Length > 0) Error(at, key, $"there is no service '{name}'.{Suggest.From(name, _services.Keys, "Services")}");
        return null;
    }

    private void KnownPathOf(ServiceConfig service, object at, string key, string path)
    {
        string[] known = [.. service.Classes.Select(one => one.Path)];
        if (known.Length > 0 && !known.Contains(path)) Error(at, key, $"'{service.Name}' has no endpoint with the path '{path}'.{Suggest.From(path, known, "Paths")}");
    }

    private void Unique(object at, string key, IEnumerable<string> names, string what)
    {
        foreach (string name in Repeated(names)) Error(at, key, $"the {what} '{name}' is there twice; keep one.");
    }

    private void Error(object at, string? key, string message)
    {
        var (place, path) = _reading.Sources.At(at, key);
        _reading.Problems.Error(place, path, message);
    }

    private static IEnumerable<string> Repeated(IEnumerable<string> names) =>
        names.Where(name => name.Length > 0).GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key);
}
