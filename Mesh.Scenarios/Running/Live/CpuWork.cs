using System.Runtime.InteropServices;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Work that burns the processor: it takes what it is told of this thread's processor time, longer on the clock when others want the processor too.</summary>
internal static class CpuWork
{
    private const int ThreadCpuClock = 3;   // CLOCK_THREAD_CPUTIME_ID
    private static readonly bool HasThreadClock = OperatingSystem.IsLinux();

    /// <summary>Burns so much (ticks), unless it is told to stop. Without a clock of the thread (other systems than Linux) the time on the wall is taken.</summary>
    public static void Burn(long ticks, Func<bool> stopped)
    {
        long until = Spent() + ticks;
        ulong mixed = 1;
        do
        {
            for (int i = 0; i < 1000; i++) mixed = (mixed * 6364136223846793005) + 1442695040888963407;
        }
        while (Spent() < until && !stopped());
        GC.KeepAlive(mixed);
    }

    /// <summary>Processor time of this thread, in ticks since some origin.</summary>
    public static long Spent()
    {
        if (!HasThreadClock) return TimeProvider.System.GetElapsedTime(0).Ticks;
        GetTime(ThreadCpuClock, out var spent);
        return (spent.Seconds * TimeSpan.TicksPerSecond) + (spent.Nanoseconds / 100);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int GetTime(int clock, out TimeSpec time);
}
