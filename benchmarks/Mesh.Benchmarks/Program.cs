using System.CommandLine;
using Mesh.Benchmarks.Decisions;
using Mesh.Benchmarks.Hops;
using Mesh.Benchmarks.Kernel;
using Mesh.Benchmarks.Live;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Pushes;
using Mesh.Benchmarks.Soak;

var root = new RootCommand("MeshLab's benchmarks. Each prints Markdown for benchmarks/README.md to standard output, and progress to standard error.")
{
    KernelCommand.Create(),
    HopsCommand.Create(),
    DecisionsCommand.Create(),
    LiveCommand.Create(),
    ProxiesCommand.Create(),
    ServeProxyCommand.Create(),
    PushCommand.Create(),
    SoakCommand.Create(),
};
return root.Parse(args).Invoke();
