using System.Diagnostics;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>
/// Spans that stay out of <see cref="Activity.Current"/>: a hop's work crosses threads, and HTTP clients would write the current span into headers on their own.
/// </summary>
internal static class Activities
{
    public static Activity? Start(ActivitySource source, string name, ActivityKind kind, ActivityContext parent, DateTimeOffset now)
    {
        var before = Activity.Current;
        Activity.Current = null;   // it would be the parent of a span that has none
        var activity = source.StartActivity(name, kind, parent, startTime: now);
        Activity.Current = before;
        return activity;
    }

    public static void Stop(Activity activity, DateTimeOffset now)
    {
        var before = Activity.Current;
        activity.SetEndTime(now.UtcDateTime);
        activity.Stop();
        Activity.Current = before;
    }
}
