using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Every name and time of a fault must be the scenario's own.</summary>
internal sealed class FaultChecks
{
    private readonly WorldConfig _world;
    private readonly Reading _reading;
    private readonly string[] _services;

    private FaultChecks(WorldConfig world, Reading reading)
    {
        _world = world;
        _reading = reading;
        _services = [.. world.Services.Select(service => service.Name)];
    }

    public static void Run(WorldConfig world, Reading reading)
    {
        var checks = new FaultChecks(world, reading);
        foreach (var fault in world.Faults) checks.Check(fault);
        foreach (var same in world.Faults.GroupBy(fault => fault.Name, StringComparer.Ordinal).Where(group => group.Key.Length > 0))
            foreach (var fault in same.Skip(1)) checks.Error(fault, "name", $"two faults have the name '{fault.Name}'; give each its own.");
    }

    private void Check(FaultPlanConfig fault)
    {
        if (FaultPhases.IsReserved(fault.Name)) Error(fault, "name", $"'{fault.Name}' is the name of a phase already: 'before', 'after' and 'NAME.after' come with every fault. Choose another.");
        if (_world.Duration > TimeSpan.Zero) Times(fault);
        if (fault.Effect is CertificateEffect && !_world.Network.MutualTls) Error(fault, "certificates", "the network speaks no TLS: without 'network: {mutualTls: true}' no certificate is ever looked at.");
        var target = fault.Target;
        if (target.Zone is { } zone) Known(target, "zone", zone, _world.Zones, "zone", "Zones");
        if (target.Caller is { } caller) Known(target, "caller", caller, [.. _services, NameChecks.Ingress], "service", "Services");
        if (target.Link is { } link) Link(link);
        if (target.Service is { } name && Known(target, "service", name, _services, "service", "Services")) Service(target, _world.Services.First(service => service.Name == name));
    }

    private void Times(FaultPlanConfig fault)
    {
        if (fault.At >= _world.Duration) Error(fault, "at", $"{TimeChecks.Text(fault.At)} is not before the end of the run at {TimeChecks.Text(_world.Duration)}.");
        else if (fault.Beginnings(_world.Duration).Last() + fault.For is var end && end > _world.Duration)
            Warn(fault, "for", $"the fault ends at {TimeChecks.Text(end)}, the run at {TimeChecks.Text(_world.Duration)}: what comes after the fault is not seen.");
    }

    private void Service(FaultTargetConfig target, ServiceConfig service)
    {
        if (target.Version is { } version) Known(target, "version", version, [.. service.Versions.Select(one => one.Name)], $"version of '{service.Name}'", "Versions");
        if (target.Path is { } path && service.Classes.Count > 0) Known(target, "path", path, [.. service.Classes.Select(one => one.Path)], $"endpoint of '{service.Name}' with the path", "Paths");
        if (target.Route is { } route) Known(target, "route", route, Routes(service.Name), $"route of '{service.Name}' with the name", "Routes");
        int replicas = service.Versions.Where(one => target.Version is null || one.Name == target.Version).Sum(one => one.Replicas);
        if (target.Replicas is { Count: var count } && count > replicas)
            Warn(target, "replicas", $"{count} replicas are to be hit, and there are {replicas}; all of them are.");
    }

    private void Link(LinkTargetConfig link)
    {
        string[] places = [.. _world.Zones, .. _services, NameChecks.Ingress];
        foreach (var (key, name) in new[] { ("from", link.From), ("to", link.To) })
        {
            if (Known(link, key, name, places, "zone or service", "Zones and services") && _world.Zones.Contains(name) && _services.Contains(name))
                Error(link, key, $"'{name}' is a zone and a service; give one of them another name.");
        }
    }

    private string[] Routes(string service) =>
        [.. (_world.Mesh.PolicyFor(service).Routes ?? []).Select(route => route.Name).Where(name => name.Length > 0).Distinct()];

    private bool Known(object at, string key, string name, IReadOnlyCollection<string> known, string what, string heading)
    {
        if (known.Contains(name)) return true;
        if (name.Length > 0) Error(at, key, $"there is no {what} '{name}'.{Suggest.From(name, known, heading)}");
        return false;
    }

    private void Error(object at, string key, string message)
    {
        var (place, path) = _reading.Sources.At(at, key);
        _reading.Problems.Error(place, path, message);
    }

    private void Warn(object at, string key, string message)
    {
        var (place, path) = _reading.Sources.At(at, key);
        _reading.Problems.Warn(place, path, message);
    }
}
