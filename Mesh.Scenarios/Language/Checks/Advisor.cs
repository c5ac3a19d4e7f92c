using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>What every piece of advice looks at, and how it is given.</summary>
internal sealed class Advisor(WorldConfig world, CallGraph graph, Reading reading)
{
    private readonly Dictionary<string, ServicePolicy> _policies = [];
    private CallRates? _rates;
    private IReadOnlyList<ServiceLoad>? _loads;

    public WorldConfig World => world;

    public CallGraph Graph => graph;

    /// <summary>How often who calls whom.</summary>
    public CallRates Rates => _rates ??= new CallRates(world, graph);

    /// <summary>What every service is offered, callers in a closed loop apart.</summary>
    public IReadOnlyList<ServiceLoad> Loads => _loads ??= ServiceLoad.OfAll(world, graph);

    /// <summary>The policies that the file has, each once: the defaults, every service's own, every route's.</summary>
    public IEnumerable<WrittenPolicy> Policies()
    {
        var mesh = world.Mesh;
        foreach (var one in Layer(mesh.Defaults, mesh.PolicyFor(""), "any service")) yield return one;
        foreach (var (service, own) in mesh.Services)
        {
            foreach (var one in Layer(own, mesh.PolicyFor(service), $"'{service}'")) yield return one;
        }
    }

    /// <summary>Every kind of request that the scripts and the workloads send, with the policy of the route that takes it.</summary>
    public IEnumerable<SentRequest> Requests()
    {
        foreach (var node in graph.Nodes)
        {
            foreach (var call in node.Calls)
                yield return Sent(call.Step.To, call.Step.Method, call.Step.Path, call.Step.Headers, call.Step.RequestBytes, node.Service.Name);
        }
        foreach (var workload in world.Workloads)
        {
            foreach (var mix in workload.Mix)
                yield return Sent(workload.To, mix.Method, mix.Path, mix.Headers, mix.RequestBytes, NameChecks.Ingress);
        }
    }

    /// <summary>The most replicas that a service ever has.</summary>
    public int MostReplicas(ServiceConfig service) =>
        service.Versions.Sum(version => world.Scale
            .Where(change => change.Service == service.Name && (change.Version ?? version.Name) == version.Name)
            .Select(change => change.Replicas).Append(version.Replicas).Max());

    /// <summary>Warns at a record, or at one of its keys.</summary>
    public void Warn(object at, string? key, string message)
    {
        var (place, path) = reading.Sources.At(at, key);
        reading.Problems.Warn(place, path, message);
    }

    /// <summary>Warns where a service's setting was written: in its own policy, in the defaults, or in the profile.</summary>
    public void WarnOf(string service, Func<PolicyConfig, object?> setting, string key, string message)
    {
        var mesh = world.Mesh;
        if (mesh.Services.TryGetValue(service, out var own) && setting(own) is not null) Warn(own, key, message);
        else if (setting(mesh.Defaults) is not null) Warn(mesh.Defaults, key, message);
        else Warn(mesh, "profile", message);
    }

    /// <summary>Whether a record stands in the file, or a key of it does.</summary>
    public bool IsWritten(object record, string? key = null) =>
        reading.Sources.ValueOf(record) is { } value && (key is null || (value as YamlMap)?.Find(key) is not null);

    private SentRequest Sent(string to, string method, string path, IReadOnlyList<KeyValuePair<string, string>> headers, long bytes, string from)
    {
        if (!_policies.TryGetValue(to, out var policy)) _policies[to] = policy = ServicePolicy.From(world.Mesh.PolicyFor(to));
        var request = new MeshRequest
        {
            Class = new RequestClass(0, 0, to, path), Method = method, Headers = headers, BodyBytes = bytes, Caller = new CallerInfo { Service = from },
        };
        return new SentRequest(to, method, path, headers, policy.ConfigFor(request));
    }

    private static IEnumerable<WrittenPolicy> Layer(PolicyConfig written, PolicyConfig effective, string whose)
    {
        yield return new WrittenPolicy(written, effective, whose);
        foreach (var route in written.Routes ?? [])
        {
            string name = route.Name.Length > 0 ? $"route '{route.Name}' of {whose}" : $"a route of {whose}";
            yield return new WrittenPolicy(route.Policy, route.Policy.Over(effective), name);
        }
    }
}

/// <summary>A policy as one layer of the file has it.</summary>
/// <param name="Written">What the layer says.</param>
/// <param name="Effective">What holds there, lower layers included.</param>
/// <param name="Whose">Whose requests it is about, for a message.</param>
internal sealed record WrittenPolicy(PolicyConfig Written, PolicyConfig Effective, string Whose);

/// <summary>A kind of request that somebody sends.</summary>
/// <param name="To">The called service.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Policy">The policy that holds for it.</param>
internal sealed record SentRequest(string To, string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> Headers, PolicyConfig Policy);
