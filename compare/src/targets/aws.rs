//! One JVM a function with AWS Lambda's runtime interface client (2.6.0 of Maven Central), served by the Runtime API of this program.

use std::{collections::HashMap, net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};

use super::{
    Found,
    java::{self, Tuning},
    need, runtime_api,
};
use crate::{
    client::Place,
    function::Function,
    process::Program,
    target::{About, Setting, Shape, Target},
};

const NAME: &str = "aws";
const NAME_TUNED: &str = "aws-tuned";
/// Left alone, the client unpacks its native code to one path for all, and JVMs that start at once crash one another.
const NATIVE_PROPERTY: &str =
    "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";
const NATIVE_CODE: &str = "jni/libaws-lambda-jni.linux-x86_64.so";
const START: Duration = Duration::from_secs(20);

/// A function: its JVM, and what stands for Lambda's service before it.
struct Pair {
    jvm: Program,
    _api: Program,
}

/// See the head of this file.
pub(crate) struct Aws {
    setting: Setting,
    tuning: Tuning,
    jars: PathBuf,
    running: HashMap<String, Pair>,
    /// The Runtime API of a training run, which must live as long as it.
    training: std::cell::RefCell<Option<Program>>,
}

impl Aws {
    pub(crate) fn find(setting: &Setting, tuning: Tuning) -> Found {
        let jars = setting.root.join("compare/peers/build/peers/aws");
        let name = if tuning == Tuning::Tuned { NAME_TUNED } else { NAME };
        let client = jars.join("aws-lambda-java-runtime-interface-client-2.6.0.jar");
        need(name, &client, "run gradle :peers:peers (make compare does)")?;
        let training = std::cell::RefCell::new(None);
        Ok(Box::new(Self { setting: setting.clone(), tuning, jars, running: HashMap::new(), training }))
    }

    fn api(&self, name: &str) -> Result<(Program, SocketAddr)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(runtime_api::COMMAND);
        let mut api =
            Program::start(&mut command, &self.setting.log(&format!("{}-{name}-api", self.name())))?;
        let address = api.wait_for("listening on ", START)?.trim().parse().context("address")?;
        Ok((api, address))
    }

    fn spawn(
        &self,
        mut command: Command,
        address: SocketAddr,
        name: &str,
        function: &Function,
    ) -> Result<Program> {
        command
            .arg("-cp")
            .arg(java::class_path(&self.jars, function)?)
            .arg(format!("-Dpeers.main={}", function.main));
        command.arg(format!("{NATIVE_PROPERTY}={}", self.jars.join(NATIVE_CODE).display()));
        command.args(["com.amazonaws.services.lambda.runtime.api.client.AWSLambda", "peers.AwsFunction"]);
        command.current_dir(&self.setting.work);
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "none".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "none".to_owned()),
        ]);
        Program::start(&mut command, &self.setting.log(&format!("{}-{name}", self.name())))
    }
}

impl Target for Aws {
    fn name(&self) -> &str {
        if self.tuning == Tuning::Tuned { NAME_TUNED } else { NAME }
    }

    fn about(&self) -> About {
        let what = match self.tuning {
            Tuning::Default => "one JVM a function, AWS's runtime interface client",
            Tuning::Tuned => "the same with C1 and an archive of classes",
        };
        let includes = "a Runtime API of this harness (one more hop; its memory is not counted), parsing, a process of its own";
        let flags = format!("{}, native code unpacked beforehand", self.tuning.flags(self.setting.jdk_major));
        About {
            functions_max: java::PROCESSES_MAX,
            ..About::new(
                what,
                "aws-lambda-java-runtime-interface-client 2.6.0",
                flags,
                includes,
                Shape::Process,
            )
        }
    }

    fn deploy(&mut self, name: &str, function: &Function) -> Result<Place> {
        let archive = format!("{}-{}", self.name(), function.name);
        let command = java::command(&self.setting, self.tuning, &archive, &|command| {
            let (api, address) = self.api("training")?;
            let program = self.spawn(command, address, "training", function)?;
            self.training.replace(Some(api));
            Ok((program, Place::post(address, "/"), function.payload.clone()))
        });
        self.training.replace(None);
        let command = command?;
        self.running.remove(name);
        let (api, address) = self.api(name)?;
        let jvm = self.spawn(command, address, name, function)?;
        let place = Place { spawned: Some(jvm.started), ..Place::post(address, "/") };
        self.running.insert(name.to_owned(), Pair { jvm, _api: api });
        Ok(place)
    }

    fn remove(&mut self, name: &str) -> Result<()> {
        self.running.remove(name);
        Ok(())
    }

    fn processes(&self) -> Vec<u32> {
        self.running.values().map(|pair| pair.jvm.id()).collect()
    }

    fn stop(&mut self) {
        self.running.clear();
    }
}
