using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Names in routes, splits, mirrors and limits by route: services, versions, subsets and routes must exist, and a route's name stands once.</summary>
internal sealed class RouteChecks
{
    private readonly WorldConfig _world;
    private readonly Reading _reading;
    private readonly OrderedDictionary<string, ServiceConfig> _services = new(StringComparer.Ordinal);

    private RouteChecks(WorldConfig world, Reading reading)
    {
        _world = world;
        _reading = reading;
        foreach (var service in world.Services) _services[service.Name] = service;
    }

    public static void Run(WorldConfig world, Reading reading)
    {
        var checks = new RouteChecks(world, reading);
        // What the defaults say holds for every service that says nothing else.
        foreach (var service in world.Services) checks.Policy(service, world.Mesh.PolicyFor(service.Name));
    }

    /// <summary>The services that get copies of requests.</summary>
    public static IEnumerable<string> MirrorTargets(WorldConfig world) =>
        world.Services.Select(service => world.Mesh.PolicyFor(service.Name))
            .SelectMany(policy => (policy.Routes ?? []).Select(route => route.Policy.Mirror).Append(policy.Mirror))
            .Select(mirror => mirror?.To).OfType<string>();

    private void Policy(ServiceConfig service, PolicyConfig policy)
    {
        Split(service, policy, policy.Split);
        Mirror(service, policy, policy.Mirror);
        var routes = policy.Routes ?? [];
        foreach (var limit in policy.RateLimit?.Per ?? []) LimitedRoute(service, routes, limit);
        foreach (var route in routes)
        {
            Split(service, policy, route.Policy.Split);
            Mirror(service, policy, route.Policy.Mirror);
            foreach (var match in route.Match) Caller(match);
        }
        foreach (var twice in routes.Where(route => route.Name.Length > 0).GroupBy(route => route.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            Error(twice.Last(), "name", $"the route '{twice.Key}' is there twice; keep one.");
    }

    private void LimitedRoute(ServiceConfig service, IReadOnlyList<RouteConfig> routes, RateLimitDescriptorConfig limit)
    {
        if (limit.Route is not { } name || name == RateLimitDescriptorConfig.Any) return;
        string[] known = [.. routes.Select(route => route.Name).Where(one => one.Length > 0)];
        if (!known.Contains(name)) Error(limit, "route", $"'{service.Name}' has no route '{name}'.{Suggest.From(name, known, "Routes")}");
    }

    private void Caller(RouteMatchConfig match)
    {
        if (match.FromService is not { } name || name == NameChecks.Ingress || _services.ContainsKey(name)) return;
        Error(match, "from", $"there is no service '{name}'.{Suggest.From(name, [.. _services.Keys, NameChecks.Ingress], "Services")}");
    }

    private void Split(ServiceConfig service, PolicyConfig policy, SplitConfig? split)
    {
        foreach (var (version, _) in split?.Weights ?? []) Subset(service, policy, split!, version, version);
    }

    private void Mirror(ServiceConfig service, PolicyConfig policy, MirrorConfig? mirror)
    {
        if (mirror is null) return;
        if (mirror.To is { } to && !_services.ContainsKey(to))
        {
            Error(mirror, "to", $"there is no service '{to}'.{Suggest.From(to, _services.Keys, "Services")}");
            return;
        }
        var target = mirror.To is null ? service : _services[mirror.To];
        if (mirror.Version is { } version) Subset(target, target == service ? policy : _world.Mesh.PolicyFor(target.Name), mirror, "version", version);
    }

    private void Subset(ServiceConfig service, PolicyConfig policy, object at, string key, string name)
    {
        string[] known = [.. service.Versions.Select(version => version.Name), .. policy.Subsets?.Keys ?? []];
        if (!known.Contains(name)) Error(at, key, $"'{service.Name}' has no version or subset '{name}'.{Suggest.From(name, known, "Versions and subsets")}");
    }

    private void Error(object at, string? key, string message)
    {
        var (place, path) = _reading.Sources.At(at, key);
        _reading.Problems.Error(place, path, message);
    }
}
