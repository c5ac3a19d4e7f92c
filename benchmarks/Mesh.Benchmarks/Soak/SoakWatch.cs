using System.Globalization;

namespace Mesh.Benchmarks.Soak;

/// <summary>Memory and descriptors of this process while the soak lasts: the second quarter of it against the last. The first is warm-up.</summary>
internal sealed class SoakWatch
{
    private const double MaxGrowth = 0.10;
    private const double HeapSlack = 4 << 20;
    private const double DescriptorSlack = 32;
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);
    private readonly List<Sample> _samples = [];
    private TimeSpan _length;

    /// <summary>Open sockets, pipes and their like; files are not counted, for the runtime opens one for each assembly that it loads.</summary>
    public static int Descriptors() => Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Count(IsNoFile) : 0;

    /// <summary>Looks again and again until cancelled.</summary>
    public async Task RunAsync(TimeSpan length, CancellationToken cancellation)
    {
        _length = length;
        var interval = TimeSpan.FromSeconds(Math.Max(1, length.TotalSeconds / 120));
        try
        {
            while (true)
            {
                await Task.Delay(interval, TimeProvider.System, cancellation);
                _samples.Add(new Sample(GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet, Descriptors()));
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    /// <summary>Whether everything stayed flat.</summary>
    public IEnumerable<SoakVerdict> Verdicts()
    {
        yield return Flat("the managed heap after collection stays flat", sample => sample.Heap, HeapSlack, value => Text(value / (1 << 20), "MiB"));
        yield return Flat("the working set stays flat", sample => sample.WorkingSet, 4 * HeapSlack, value => Text(value / (1 << 20), "MiB"));
        var open = Flat("open descriptors stay flat", sample => sample.Descriptors, DescriptorSlack, value => Text(value, ""));
        // Until every pool has once held what the worst fault asks of it, their number grows: a short soak cannot tell that from a leak.
        yield return _length >= Settled ? open : open with { Found = $"{open.Found}; not judged below {Settled.TotalMinutes:0} min", Holds = true };
    }

    /// <summary>Whether the descriptors of the mesh are given back once it has ended.</summary>
    /// <param name="before">Those that were open before it began.</param>
    public async Task<SoakVerdict> EndAsync(int before)
    {
        int open = Descriptors();
        for (int i = 0; i < 100 && open > before; i++)
        {
            GC.Collect();
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            open = Descriptors();
        }
        return new("descriptors are given back at the end", $"{before} before the mesh, {open} after it", open <= before + 2);
    }

    private SoakVerdict Flat(string rule, Func<Sample, double> value, double slack, Func<double, string> text)
    {
        int quarter = _samples.Count / 4;
        if (quarter == 0) return new(rule, "too short to say", false);
        double early = Median(_samples.Skip(quarter).Take(quarter).Select(value)), late = Median(_samples.TakeLast(quarter).Select(value));
        return new(rule, $"{text(early)} in the second quarter, {text(late)} in the last", late <= (early * (1 + MaxGrowth)) + slack);
    }

    private static bool IsNoFile(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget is { } target && !target.StartsWith('/');
        }
        catch (IOException)
        {
            return false;   // closed meanwhile
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Text(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:N0} {unit}").TrimEnd();

    private readonly record struct Sample(double Heap, double WorkingSet, double Descriptors);
}
