using Mesh.Reports.Rendering;
using Mesh.Runtime.ControlPlane;
using Spectre.Console;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>What a control plane says, as tables for people.</summary>
internal static class AdminTables
{
    /// <summary>Services and where their endpoints come from.</summary>
    public static void Services(Terminal terminal, IReadOnlyList<ServiceStatusLine> services)
    {
        var table = New("service", "endpoints", "versions", "zones", "from", "");
        foreach (var service in services)
        {
            string note = service.StaleFor is { } stale ? $"stale for {Time(stale)}" : service.Held > 0 ? $"{service.Held} held back: they come and go" : service.Endpoints == 0 ? "no endpoint" : "";
            Add(table, service.Name, Units.Count(service.Endpoints), Counts(service.Versions), Counts(service.Zones), string.Join(", ", service.Sources), note);
        }
        Write(terminal, table);
    }

    /// <summary>Sources of discovery.</summary>
    public static void Sources(Terminal terminal, IReadOnlyList<SourceStatusLine> sources)
    {
        var table = New("source", "state", "for", "");
        foreach (var source in sources) Add(table, source.Name, source.State, Time(source.For), source.Reason);
        Write(terminal, table);
    }

    /// <summary>Proxies.</summary>
    public static void Proxies(Terminal terminal, IReadOnlyList<ProxyStatusLine> proxies)
    {
        var table = New("proxy", "service", "connected", "version", "behind", "");
        foreach (var proxy in proxies)
            Add(table, proxy.Name, proxy.Service, proxy.Connected ? "yes" : "no", proxy.Acknowledged == 0 ? Units.None : $"{proxy.Acknowledged}", proxy.Behind == TimeSpan.Zero ? "" : Time(proxy.Behind), proxy.Rejected is { } why ? $"rejects: {why}" : "");
        Write(terminal, table);
    }

    /// <summary>Faults: asked for beside measured.</summary>
    public static void Faults(Terminal terminal, IReadOnlyList<FaultStatusLine> faults)
    {
        var table = New("fault", "what", "service", "where", "by", "ends in", "requests", "hit", "asked", "delay", "asked");
        foreach (var fault in faults)
        {
            Add(table, fault.Id, fault.Fault, fault.Service, fault.Target.Length == 0 ? "all" : fault.Target, fault.By, fault.Left < fault.AtMost ? $"{Time(fault.Left)}, renewed for {Time(fault.AtMost)}" : Time(fault.Left),
                Units.Count(fault.Eligible), Share(fault.Injected, fault.Eligible), Share(fault.Requested, fault.Eligible),
                fault.DelayMeasured is { } measured ? Units.Duration(measured.TotalSeconds) : Units.None, fault.DelayRequested is { } asked ? Units.Duration(asked.TotalSeconds) : Units.None);
        }
        Write(terminal, table);
    }

    /// <summary>The journal.</summary>
    public static void Journal(Terminal terminal, IReadOnlyList<JournalEntry> entries)
    {
        var table = New("when", "who", "what", "why");
        foreach (var entry in entries) Add(table, entry.At.ToString("u", System.Globalization.CultureInfo.InvariantCulture), entry.By, entry.What, entry.Why);
        Write(terminal, table);
    }

    /// <summary>A time as people say it: <c>4m12s</c>.</summary>
    public static string Time(TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan ? "never" : time.TotalHours >= 1 ? $"{(int)time.TotalHours}h{time.Minutes}m" : time.TotalMinutes >= 1 ? $"{time.Minutes}m{time.Seconds}s" : Units.Duration(time.TotalSeconds);

    private static string Share(double part, long all) => all == 0 ? Units.None : Units.Percent(part / all);

    private static string Counts(IReadOnlyDictionary<string, int> counts) => string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));

    private static Table New(params string[] columns) => new Table().Border(TableBorder.None).AddColumns([.. columns.Select(column => new TableColumn(Markup.Escape(column)).NoWrap())]);

    private static void Add(Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);

    private static void Write(Terminal terminal, Table table) => terminal.Results.Write(table);
}
