using Mesh.Runtime.Model;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Services;

/// <summary>One version of a synthetic service, ready to run: distributions fitted, names resolved. Immutable, shared by its replicas.</summary>
public sealed class VersionModel
{
    private readonly Dictionary<int, ClassModel> _classes = [];
    private readonly Dictionary<string, ClassModel> _paths = new(StringComparer.Ordinal);
    private readonly ClassModel _any;

    /// <summary>A version, its names entered in the directory.</summary>
    /// <param name="service">The service.</param>
    /// <param name="version">One of its versions.</param>
    /// <param name="directory">The names of the world.</param>
    /// <param name="distributions">The distributions of the world.</param>
    public VersionModel(ServiceConfig service, VersionConfig version, MeshDirectory directory, Distributions distributions)
    {
        Config = version;
        Discipline = service.Discipline;
        Hold = service.Hold;
        StopsWhenAbandoned = service.StopsWhenAbandoned;
        var serviceTime = distributions.Of(version.ServiceTime);
        _any = new ClassModel(serviceTime, version.ErrorRate, 0, []) { Headers = version.ResponseHeaders, ErrorHeaders = [.. version.ResponseHeaders, .. version.ErrorHeaders] };
        foreach (var config in service.Classes)
        {
            var own = config.ServiceTime is null ? serviceTime : distributions.Of(config.ServiceTime);
            int id = directory.AddClass(service.Name, config.Path).Id;
            _paths[config.Path] = _classes[id] = new ClassModel(own, config.ErrorRate ?? version.ErrorRate, config.ResponseBytes, StepModel.Compile(config.Script, directory, distributions))
            {
                Headers = [.. version.ResponseHeaders, .. config.ResponseHeaders],
                ErrorHeaders = [.. version.ResponseHeaders, .. config.ResponseHeaders, .. version.ErrorHeaders],
            };
        }
    }

    /// <summary>What the user wrote.</summary>
    public VersionConfig Config { get; }

    /// <summary>The order in which a replica serves.</summary>
    public QueueDiscipline Discipline { get; }

    /// <summary>How long a request holds its worker.</summary>
    public WorkerHold Hold { get; }

    /// <summary>Whether a replica stops working for a client that has given up.</summary>
    public bool StopsWhenAbandoned { get; }

    /// <summary>What the version does for a request of this class; a path without a class of its own is answered without calls.</summary>
    public ClassModel ClassOf(RequestClass request) => _classes.GetValueOrDefault(request.Id, _any);

    /// <summary>The same by the path, for hosts whose requests come from outside.</summary>
    public ClassModel ClassOf(string path) => _paths.GetValueOrDefault(path, _any);
}

/// <summary>What a version does for one class of requests.</summary>
/// <param name="ServiceTime">Its own work, in seconds.</param>
/// <param name="ErrorRate">Share answered 500 at once.</param>
/// <param name="ResponseBytes">Bytes of the answer.</param>
/// <param name="Script">What it does after its own work.</param>
public sealed record ClassModel(Distribution ServiceTime, double ErrorRate, long ResponseBytes, StepModel[] Script)
{
    /// <summary>Headers of the answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Headers of an answer that is an error.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ErrorHeaders { get; init; } = [];

    /// <summary>The headers of an answer with this status.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> HeadersOf(int status, int grpcStatus) => status >= 400 || grpcStatus != 0 ? ErrorHeaders : Headers;
}

/// <summary>A step of a script, numbered within it so that each has draws of its own whatever the others did.</summary>
/// <param name="Index">Its number.</param>
public abstract record StepModel(int Index)
{
    internal static StepModel[] Compile(IReadOnlyList<StepConfig> script, MeshDirectory directory, Distributions distributions)
    {
        int next = 0;
        return [.. script.Select(step => Compile(step, directory, distributions, ref next))];
    }

    private static StepModel Compile(StepConfig step, MeshDirectory directory, Distributions distributions, ref int next)
    {
        int index = next++;
        switch (step)
        {
            case CallStep call:
                return new CallModel(index, directory.AddClass(call.To, call.Path), call);
            case SleepStep sleep:
                return new SleepModel(index, distributions.Of(sleep.Time));
            case ParallelStep parallel:
                var branches = new StepModel[parallel.Branches.Count];
                for (int i = 0; i < branches.Length; i++) branches[i] = Compile(parallel.Branches[i], directory, distributions, ref next);
                return new ParallelModel(index, branches);
            case OneOfStep oneOf:
                var choices = new (double UpTo, StepModel Step)[oneOf.Branches.Count];
                double total = oneOf.Branches.Sum(b => b.Weight), upTo = 0;
                for (int i = 0; i < choices.Length; i++)
                    choices[i] = ((upTo += oneOf.Branches[i].Weight) / total, Compile(oneOf.Branches[i].Step, directory, distributions, ref next));
                return new OneOfModel(index, choices);
            default:
                throw new ArgumentException($"a step of type {step.GetType().Name} cannot be run", nameof(step));
        }
    }
}

/// <summary>Calls another service.</summary>
/// <param name="Index">Its number in the script.</param>
/// <param name="Target">What is called.</param>
/// <param name="Config">What the user wrote.</param>
public sealed record CallModel(int Index, RequestClass Target, CallStep Config) : StepModel(Index);

/// <summary>Pauses without a worker.</summary>
internal sealed record SleepModel(int Index, Distribution Time) : StepModel(Index);

/// <summary>All branches at once.</summary>
internal sealed record ParallelModel(int Index, StepModel[] Branches) : StepModel(Index);

/// <summary>One branch, the first whose cumulative share exceeds the draw.</summary>
internal sealed record OneOfModel(int Index, (double UpTo, StepModel Step)[] Branches) : StepModel(Index)
{
    public StepModel Choose(double draw)
    {
        foreach (var (upTo, step) in Branches)
            if (draw < upTo) return step;
        return Branches[^1].Step;
    }
}
