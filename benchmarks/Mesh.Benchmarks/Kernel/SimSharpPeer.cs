namespace Mesh.Benchmarks.Kernel;

/// <summary>
/// SimSharp, compiled from a checkout for the same .NET as MeshLab, with optimisation, in a folder that is deleted afterwards.
/// None of its code is kept here.
/// </summary>
internal sealed class SimSharpPeer : IDisposable
{
    private const int Customers = 1_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("meshlab-simsharp-").FullName;

    private SimSharpPeer()
    {
    }

    /// <summary>SimSharp in two ways: as its samples do it, and as lean as it gets.</summary>
    public IEnumerable<Contestant> Contestants =>
        from way in new[] { ("textbook", "a process for each customer"), ("lean", "one process for arrivals, one for the server") }
        select new Contestant($"SimSharp, {way.Item2}", () => Peer.Run("dotnet", Path.Combine(_folder, "out", "mm1.dll"), way.Item1, $"{Customers}"));

    public static SimSharpPeer Build(DirectoryInfo checkout)
    {
        string sources = Path.Combine(checkout.FullName, "src", "SimSharp");
        if (!Directory.Exists(sources))
            throw new DirectoryNotFoundException($"{checkout.FullName} is no checkout of SimSharp: it has no folder src/SimSharp.");
        Console.Error.WriteLine("Building SimSharp");
        var peer = new SimSharpPeer();
        File.WriteAllText(Path.Combine(peer._folder, "mm1.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <NoWarn>$(NoWarn);CS0618;CS1591;SYSLIB0011</NoWarn>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{sources}/**/*.cs" Exclude="{sources}/obj/**;{sources}/bin/**" />
                <Compile Include="{Path.Combine(Peer.Folder, "Mm1SimSharp.cs")}" />
              </ItemGroup>
            </Project>
            """);
        try
        {
            Peer.Output("dotnet", "build", Path.Combine(peer._folder, "mm1.csproj"), "-c", "Release", "-o", Path.Combine(peer._folder, "out"));
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
