using System.Runtime.InteropServices;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Lets one thread wait for a time, to some tens of microseconds, or until another thread wakes it. The runtime's own waits are whole milliseconds and on average one late.
/// On Linux the kernel waits (<c>ppoll</c> on an <c>eventfd</c>, with the thread's timer slack at its least); elsewhere it is a monitor for all but the last two milliseconds, which are spun.
/// </summary>
internal sealed class PreciseWait : IDisposable
{
    private const long NanosecondsPerTick = 1_000_000_000 / TimeSpan.TicksPerSecond;
    private static readonly bool HasKernelWait = OperatingSystem.IsLinux();

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly object _monitor = new();
    private int _event = -1;
    private bool _woken;

    public PreciseWait(TimeProvider time)
    {
        _time = time;
        if (HasKernelWait && (_event = Linux.EventFd(0, Linux.CloseOnExec | Linux.NonBlocking)) < 0)
            throw new InvalidOperationException($"the kernel gives no event descriptor (error {Marshal.GetLastPInvokeError()}); look at 'ulimit -n'.");
    }

    /// <summary>
    /// To be called once on the thread that waits. It gets a core as soon as its time has come, on a busy machine too, where it has the right to real-time scheduling (<c>CAP_SYS_NICE</c>);
    /// where not, it waits for its turn like others. The kernel keeps 5% of the time from such threads, and the threads that it starts are ordinary ones.
    /// </summary>
    public void Own()
    {
        if (!HasKernelWait) return;
        Linux.ProcessControl(Linux.SetTimerSlack, 1, 0, 0, 0);
        int least = 1;
        Linux.SetScheduler(0, Linux.RoundRobin | Linux.ResetOnFork, ref least);
    }

    /// <summary>Waits so long (ticks), or for <see cref="Wake"/>; a wake that came before the wait ends it at once.</summary>
    public void For(long ticks)
    {
        if (HasKernelWait) ForKernel(ticks);
        else ForMonitor(ticks);
    }

    /// <summary>Ends the wait under way, or else the next one.</summary>
    public void Wake()
    {
        if (HasKernelWait)
        {
            ulong one = 1;
            lock (_gate)
            {
                if (_event >= 0) Linux.Write(_event, ref one, sizeof(ulong));
            }
            return;
        }
        lock (_monitor)
        {
            _woken = true;
            Monitor.Pulse(_monitor);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_event >= 0) Linux.Close(_event);
            _event = -1;
        }
    }

    private void ForKernel(long ticks)
    {
        var watched = new Linux.PollEntry { Descriptor = _event, Events = Linux.Readable };
        var time = new Linux.TimeSpec { Seconds = ticks / TimeSpan.TicksPerSecond, Nanoseconds = ticks % TimeSpan.TicksPerSecond * NanosecondsPerTick };
        if (Linux.Poll(ref watched, 1, ref time, 0) > 0) Linux.Read(_event, out _, sizeof(ulong));
    }

    private void ForMonitor(long ticks)
    {
        long until = _time.GetTimestamp() + (long)(ticks * ((double)_time.TimestampFrequency / TimeSpan.TicksPerSecond));
        lock (_monitor)
        {
            int coarse = (int)Math.Clamp((ticks / TimeSpan.TicksPerMillisecond) - 2, 0, int.MaxValue);
            if (!_woken && coarse > 0) Monitor.Wait(_monitor, coarse);
            if (_woken)
            {
                _woken = false;
                return;
            }
        }
        var spin = default(SpinWait);
        while (_time.GetTimestamp() < until && !Volatile.Read(ref _woken)) spin.SpinOnce(sleep1Threshold: -1);
    }

    private static class Linux
    {
        public const int CloseOnExec = 0x80000;
        public const int NonBlocking = 0x800;
        public const int SetTimerSlack = 29;
        public const int RoundRobin = 2;
        public const int ResetOnFork = 0x40000000;
        public const short Readable = 1;

        [StructLayout(LayoutKind.Sequential)]
        public struct PollEntry
        {
            public int Descriptor;
            public short Events;
            public short Returned;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct TimeSpec
        {
            public long Seconds;
            public long Nanoseconds;
        }

        [DllImport("libc", EntryPoint = "eventfd", SetLastError = true)]
        public static extern int EventFd(uint initial, int flags);

        [DllImport("libc", EntryPoint = "ppoll")]
        public static extern int Poll(ref PollEntry entries, nuint count, ref TimeSpec time, nint signals);

        [DllImport("libc", EntryPoint = "read")]
        public static extern nint Read(int descriptor, out ulong value, nuint size);

        [DllImport("libc", EntryPoint = "write")]
        public static extern nint Write(int descriptor, ref ulong value, nuint size);

        [DllImport("libc", EntryPoint = "close")]
        public static extern int Close(int descriptor);

        [DllImport("libc", EntryPoint = "sched_setscheduler")]
        public static extern int SetScheduler(int thread, int policy, ref int priority);

        [DllImport("libc", EntryPoint = "prctl")]
        public static extern int ProcessControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);
    }
}
