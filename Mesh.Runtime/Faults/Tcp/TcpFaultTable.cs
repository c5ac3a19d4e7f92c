using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>
/// The TCP faults of one sidecar. Each is a lease: it begins and ends by this table's own timer, whether or not anybody is left to end it.
/// Open connections and listeners watch the table, and change with it.
/// </summary>
public sealed class TcpFaultTable : IDisposable
{
    /// <summary>The longest lease: a fault that nobody renews for a day was forgotten.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly List<ActiveTcpFault> _all = [];   // in order of their beginning with this table; those whose time has not come too
    private readonly HashSet<Action> _watchers = [];
    private ActiveTcpFault[] _inForce = [];

    /// <summary>A table without faults.</summary>
    /// <param name="random">The world's draws.</param>
    /// <param name="time">The sidecar's clock.</param>
    public TcpFaultTable(KeyedRandom random, TimeProvider time)
    {
        Random = random;
        _time = time;
        _timer = time.CreateTimer(static state => ((TcpFaultTable)state!).Refresh(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time in ticks of 100 ns, as spans mean it.</summary>
    public long Now => _time.Ticks();

    internal KeyedRandom Random { get; }

    /// <summary>The faults in force, oldest first. The array is not changed: another takes its place.</summary>
    internal ActiveTcpFault[] InForce => Volatile.Read(ref _inForce);

    /// <summary>Puts a fault in force for a time from now on.</summary>
    /// <exception cref="ArgumentException">The fault or its lease makes no sense; the message says all that is wrong.</exception>
    public ActiveTcpFault Begin(TcpFaultConfig config, TimeSpan lease)
    {
        long now = Now;
        return Begin(config, new FaultSpan(now, now + lease.Ticks));
    }

    /// <summary>Puts a fault in force in a span.</summary>
    /// <exception cref="ArgumentException">The fault or its lease makes no sense; the message says all that is wrong.</exception>
    public ActiveTcpFault Begin(TcpFaultConfig config, FaultSpan span)
    {
        List<string> problems = [.. config.Problems()];
        if (span.Ramp != 0) problems.Add("a ramp is given, and TCP faults have none: a connection is hit or it is not.");
        if (span.To <= span.From || span.To - span.From > LongestLease.Ticks) problems.Add($"the lease is {TimeSpan.FromTicks(span.To - span.From)}; write more than 0, and {LongestLease} at most.");
        if (problems.Count > 0) throw new ArgumentException($"the TCP fault '{config.Name}': {string.Join(" Also: ", problems)}", nameof(config));
        var fault = new ActiveTcpFault(config, span);
        lock (_lock) _all.Add(fault);
        Refresh();
        return fault;
    }

    /// <summary>Ends a fault before its lease does. Nothing happens where it is over.</summary>
    public void End(ActiveTcpFault fault)
    {
        lock (_lock) _all.Remove(fault);
        Refresh();
    }

    /// <summary>Ends every fault.</summary>
    public void Dispose()
    {
        lock (_lock) _all.Clear();
        Refresh();
        _timer.Dispose();
    }

    /// <summary>The first fault in force that keeps a connection from being opened; <c>null</c> for none.</summary>
    internal ActiveTcpFault? FindBlock(TcpPlace caller, TcpPlace callee, ulong connection)
    {
        foreach (var fault in InForce)
        {
            if (!fault.Blocks(caller, callee) || !fault.Draw(Random, connection)) continue;
            fault.Add(new ToxicCount { Refused = 1 });
            return fault;
        }
        return null;
    }

    /// <summary>Calls somebody, on any thread, whenever <see cref="InForce"/> has changed.</summary>
    internal void Watch(Action changed)
    {
        lock (_lock) _watchers.Add(changed);
    }

    /// <summary>Calls nobody any more.</summary>
    internal void Unwatch(Action changed)
    {
        lock (_lock) _watchers.Remove(changed);
    }

    /// <summary>Brings <see cref="InForce"/> up to date, and sets the timer for the next beginning or end.</summary>
    private void Refresh()
    {
        Action[] watchers;
        lock (_lock)
        {
            long now = Now, next = long.MaxValue;
            _all.RemoveAll(fault => fault.Span.To <= now);
            foreach (var fault in _all) next = Math.Min(next, fault.Span.From > now ? fault.Span.From : fault.Span.To);
            // The system's timers cut off fractions of a millisecond.
            _timer.Change(next == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(next - now + TimeSpan.TicksPerMillisecond - 1), Timeout.InfiniteTimeSpan);
            ActiveTcpFault[] inForce = [.. _all.Where(fault => fault.Span.From <= now)];
            if (inForce.AsSpan().SequenceEqual(_inForce)) return;
            Volatile.Write(ref _inForce, inForce);
            watchers = [.. _watchers];
        }
        foreach (var watcher in watchers) watcher();
    }
}
