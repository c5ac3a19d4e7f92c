using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Polly.CircuitBreaker;

namespace Mesh.Conformance.Tests;

/// <summary>Collects what one proxy decides and writes it as a decision trace: canonical text, equal for equal decisions.</summary>
internal sealed class DecisionLog(MeshDirectory directory) : IMeshEvents
{
    private readonly Lock _lock = new();
    private readonly List<MeshEvent> _events = [];
    private readonly Dictionary<ulong, string> _clients = [];

    /// <summary>The proxy whose decisions are told.</summary>
    public int Proxy { get; set; }

    public void On(in MeshEvent e)
    {
        if (e.Proxy != Proxy) return;
        lock (_lock) _events.Add(e);
    }

    /// <summary>What the request's client got.</summary>
    public void ClientGot(ulong request, string what)
    {
        lock (_lock) _clients[request] = what;
    }

    /// <summary>Whether a request is over, and each of its attempts.</summary>
    public bool IsSettled(ulong request)
    {
        lock (_lock)
        {
            int Count(MeshEventKind kind) => _events.Count(e => e.Request == request && e.Kind == kind);
            return Count(MeshEventKind.RequestEnded) == 1 && Count(MeshEventKind.AttemptStarted) == Count(MeshEventKind.AttemptEnded);
        }
    }

    /// <summary>Whether a breaker opened or an endpoint was ejected.</summary>
    public bool IsInterrupted
    {
        get
        {
            lock (_lock) return _events.Any(e => e.Kind is MeshEventKind.BreakerChanged or MeshEventKind.EndpointEjected);
        }
    }

    /// <summary>The trace in one line of a table: requests that ended below 400, requests, attempts, ejections, changes of the breaker.</summary>
    public string Summary()
    {
        lock (_lock)
        {
            int Count(MeshEventKind kind) => _events.Count(e => e.Kind == kind);
            int good = _events.Count(e => e is { Kind: MeshEventKind.RequestEnded, Outcome: > 0 and < 400 });
            string text = $"{good}/{Count(MeshEventKind.RequestEnded)} in {Count(MeshEventKind.AttemptStarted)}";
            if (Count(MeshEventKind.EndpointEjected) is > 0 and int ejected) text += $", {ejected} ejected";
            if (Count(MeshEventKind.BreakerChanged) is > 0 and int changes) text += $", {changes} by breaker";
            return text;
        }
    }

    public string Trace(bool backoffs)
    {
        lock (_lock)
        {
            var lines = new SortedDictionary<ulong, List<string>>();
            ulong current = 0;
            foreach (var e in _events)
            {
                if (e.Kind == MeshEventKind.RequestStarted) current = e.Request;
                ulong request = e.Request == 0 ? current : e.Request;   // ejections name no request: they come of the one under way
                if (!lines.TryGetValue(request, out var own)) lines.Add(request, own = []);
                if (Line(e, backoffs) is { } line) own.Add(line);
            }
            return string.Concat(lines.Where(group => group.Key != 0).Select(group =>
                $"request {group.Key}\n{string.Concat(group.Value.Select(line => $"  {line}\n"))}  client got {_clients.GetValueOrDefault(group.Key, "?")}\n"));
        }
    }

    private string? Line(in MeshEvent e, bool backoffs) => e.Kind switch
    {
        MeshEventKind.AttemptStarted => $"attempt {e.Attempt} at {Name(e.Endpoint)}: {EndOf(e)}",
        MeshEventKind.RetryScheduled => $"retry after {What(e)}{(backoffs ? string.Create(CultureInfo.InvariantCulture, $", back-off {e.Duration} ticks") : "")}",
        MeshEventKind.RetryRefused => $"retry refused after {What(e)}",
        MeshEventKind.HedgeStarted => $"hedge beside attempt {e.Attempt}",
        MeshEventKind.BreakerChanged => $"breaker {(CircuitState)e.Outcome}",
        MeshEventKind.EndpointEjected => $"{Name(e.Endpoint)} ejected: {(EjectionReason)e.Outcome}",
        MeshEventKind.EndpointReadmitted => $"{Name(e.Endpoint)} readmitted",
        MeshEventKind.PanicChanged => e.Outcome == 1 ? "panic" : "no panic",
        MeshEventKind.RequestEnded => $"ends {What(e)} at attempt {e.Attempt}",
        _ => null,
    };

    private string EndOf(MeshEvent started)
    {
        foreach (var e in _events)
        {
            if (e.Kind == MeshEventKind.AttemptEnded && e.Request == started.Request && e.Attempt == started.Attempt) return What(e);
        }
        return "under way";
    }

    private static string What(in MeshEvent e) => $"{e.Outcome} {e.Flags.ToEnvoyText()}";

    private string Name(int endpoint) => directory.Endpoints[endpoint].Name;
}
