using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Sections;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;
using Mesh.Simulator.Faults;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>Faults of a live mesh, read as those of a scenario are: one grammar, and one set of rules.</summary>
internal sealed class FaultLanguage : IFaultReader
{
    private static readonly WorldConfig NoWorld = new() { Duration = TimeSpan.Zero, Services = [] };

    public FaultConfig? Read(FaultRequest request, ICollection<string> problems)
    {
        var told = new Problems();
        var config = Read(request, told);
        foreach (var problem in told.Sorted()) problems.Add($"{problem.Place}: {problem.Message}");
        return told.HasErrors ? null : config;
    }

    private static FaultConfig? Read(FaultRequest request, Problems problems)
    {
        var here = new Place(request.Fault);
        var headers = request.Headers.Select(header => (header.Key, (YamlValue?)Scalar(here, header.Value)));
        var target = Map(here,
            ("service", Scalar(here, request.Service)),
            ("version", Word(request.Version)),
            ("zone", Word(request.Zone)),
            ("path", Word(request.Path)),
            ("headers", request.Headers.Count == 0 ? null : Map(here, headers)));
        // How long it lasts is the lease's to say.
        if (FaultArgument.Http(request.Fault, here, null, "1s", target, request.Site, problems) is not { } fault || problems.HasErrors) return null;
        var list = List(here, [fault]);
        list.Locate("");
        if (!FaultSection.Faults.TryRead(list, new Reading(problems, new SourceMap(here)), out var plans) || problems.HasErrors) return null;
        return MeshFaultPlan.Config(plans[0], (MeshFaultEffect)plans[0].Effect, NoWorld);

        YamlScalar? Word(string? text) => text is null ? null : Scalar(here, text);
    }
}
