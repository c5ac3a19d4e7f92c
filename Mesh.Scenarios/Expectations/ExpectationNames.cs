using Mesh.Reports.Results;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Checks;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Expectations;

/// <summary>The calls that a scenario can make: caller, callee, path. Labels may name only these.</summary>
internal sealed class ExpectationNames
{
    private readonly OrderedDictionary<(string From, string To, string Path), bool> _calls = [];
    private readonly string[] _services;
    private readonly string[] _phases;
    private readonly string[] _faults;

    public ExpectationNames(WorldConfig world)
    {
        _services = [.. world.Services.Select(service => service.Name)];
        _phases = [.. FaultPhases.Of(world).Select(phase => phase.Name).Distinct()];
        _faults = [.. world.Faults.Select(fault => fault.Name)];
        foreach (var workload in world.Workloads)
        {
            foreach (var mix in workload.Mix) _calls[(NameChecks.Ingress, workload.To, mix.Path)] = true;
        }
        foreach (var service in world.Services)
        {
            foreach (var step in service.Classes.SelectMany(one => one.Script)) AddCalls(service.Name, step);
        }
    }

    /// <summary>What is wrong with one label's value, or <c>null</c>. A path is checked with the labels before it.</summary>
    public string? Unknown(string label, string value, EdgeFilter before)
    {
        string[] known = label switch
        {
            "from" => [.. _services, NameChecks.Ingress],
            "service" => _services,
            "phase" => _phases,
            "fault" => _faults,
            _ => [.. Matching(before).Select(call => call.Path).Distinct()],
        };
        if (known.Contains(value)) return null;
        if (label is "phase" or "fault")
            return known.Length == 0 ? $"there is no {label} '{value}': the scenario has no 'faults'." : $"there is no {label} '{value}'.{Suggest.From(value, known, label == "phase" ? "Phases" : "Faults")}";
        return label == "path"
            ? $"no request of this traffic has the path '{value}'.{Suggest.From(value, known, "Paths")}"
            : $"there is no service '{value}'.{Suggest.From(value, known, "Services")}";
    }

    /// <summary>Why no traffic at all can match, though every name is known; or <c>null</c>.</summary>
    public string? Contradiction(EdgeFilter filter)
    {
        if (filter.From is { } from && !_services.Append(NameChecks.Ingress).Contains(from)) return null;
        if (filter.To is { } to && !_services.Contains(to)) return null;
        if (filter.Path is not null && !_calls.Keys.Any(call => call.Path == filter.Path)) return null;
        if (Matching(filter).Any()) return null;
        string who = filter.From is null ? "nobody calls" : $"'{filter.From}' never calls";
        return $"{who} '{filter.To ?? "any service"}'{(filter.Path is null ? "" : $" with the path '{filter.Path}'")}, so that this can never be measured.";
    }

    private IEnumerable<(string From, string To, string Path)> Matching(EdgeFilter filter)
    {
        bool entering = filter.From is null && filter.To is null;
        return _calls.Keys.Where(call => (entering ? call.From == NameChecks.Ingress : (filter.From is null || call.From == filter.From) && (filter.To is null || call.To == filter.To))
            && (filter.Path is null || call.Path == filter.Path));
    }

    private void AddCalls(string from, StepConfig step)
    {
        switch (step)
        {
            case CallStep call:
                _calls[(from, call.To, call.Path)] = true;
                break;
            case ParallelStep parallel:
                foreach (var branch in parallel.Branches) AddCalls(from, branch);
                break;
            case OneOfStep choice:
                foreach (var (_, branch) in choice.Branches) AddCalls(from, branch);
                break;
            default:
                break;
        }
    }
}
