using System.Globalization;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>How long tests of random traffic go on: <c>MESHLAB_STRESS=20</c> makes them twenty times as long as in the fast suite.</summary>
internal static class Stress
{
    public static int Factor { get; } = int.TryParse(Environment.GetEnvironmentVariable("MESHLAB_STRESS"), CultureInfo.InvariantCulture, out int factor) ? factor : 1;
}
